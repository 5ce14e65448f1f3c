//! Processes and their steps. It must not know what the names mean.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::once::Once;
use crate::syntax::tree::{Process, Step, Until};

impl Build<'_> {
    /// A `process`.
    pub(super) fn process(&mut self, pair: Pair<'_>) -> Option<Process> {
        let (mut name, mut label, mut sentence) = (None, Once::new(), Once::new());
        let (mut whenever, mut steps) = (Once::new(), Vec::new());
        let (mut finally, mut otherwise) = (Vec::new(), Vec::new());
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::label => label.read(build, "as", span, |build| build.label(part)),
                Rule::sentence => sentence.read(build, "\"…\"", span, |build| build.inner_text(part)),
                Rule::process_body => {
                    build.body(part, Rule::process_line, |build, part| match part.as_rule() {
                        Rule::whenever => {
                            let span = build.span(&part);
                            whenever.read(build, "whenever", span, |build| Some(build.whenever(part)));
                        }
                        Rule::step => steps.extend(build.step(part)),
                        Rule::finally => finally.extend(build.then(part)),
                        Rule::otherwise => otherwise.extend(build.then(part)),
                        _ => {}
                    })
                }
                _ => {}
            }
        });
        Some(Process {
            name: name?,
            label: label.take(),
            sentence: sentence.take(),
            whenever: whenever.take(),
            steps,
            finally,
            otherwise,
        })
    }

    fn step(&mut self, pair: Pair<'_>) -> Option<Step> {
        let span = self.span(&pair);
        let (mut name, mut until, mut fails_on) = (None, Once::new(), Once::new());
        let (mut then, mut undo) = (Vec::new(), Vec::new());
        self.body(pair, Rule::step_line, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::then => then.extend(build.then(part)),
                Rule::until => until.read(build, "until", span, |build| Some(build.until(part))),
                Rule::fails_on => fails_on.read(build, "fails on", span, |build| Some(build.paths(part))),
                Rule::undo => undo.extend(build.then(part)),
                _ => {}
            }
        });
        let fails_on = fails_on.take().unwrap_or_default();
        Some(Step { name: name?, then, until: until.take(), fails_on, undo, span })
    }

    fn until(&mut self, pair: Pair<'_>) -> Until {
        let span = self.span(&pair);
        let (mut events, mut within) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => events.push(self.path(part)),
                Rule::within => within = self.inner_duration(part),
                _ => {}
            }
        }
        Until { events, within, span }
    }
}
