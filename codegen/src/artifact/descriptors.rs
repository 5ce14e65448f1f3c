//! `proto/descriptors.binpb`: every message, compiled, with its comments. Any reader can decode any event from this and
//! a message's headers.

use super::{Artifact, Ground, Plan};
use crate::files::{Kind, Ownership};

pub(super) struct Descriptors;

impl Artifact for Descriptors {
    fn name(&self) -> &'static str {
        "proto descriptors"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        if ground.protos.is_empty() {
            return Vec::new();
        }
        vec![Plan {
            path: "proto/descriptors.binpb".into(),
            ownership: Ownership::Generated,
            kind: Kind::Descriptors,
            render: Box::new(|| ground.descriptors.bytes.clone()),
        }]
    }
}
