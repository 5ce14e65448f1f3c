//! A model that has no errors: the only kind that anything is generated from.

use std::ops::Deref;

use crate::Analysis;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::FlowGraph;
use crate::model::Model;

/// Something that was checked and has no errors. Only [`Analysis::valid`] makes one.
#[derive(Debug, Clone)]
pub struct Valid<T>(T);

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Analysis {
    /// The model if it has no errors, with its graph and what could be better.
    ///
    /// # Errors
    /// All diagnostics, when one of them is an error.
    pub fn valid(self) -> Result<(Valid<Model>, FlowGraph, Vec<Diagnostic>), Vec<Diagnostic>> {
        if self.diagnostics.iter().any(|it| it.severity == Severity::Error) {
            return Err(self.diagnostics);
        }
        Ok((Valid(self.model), self.graph, self.diagnostics))
    }
}
