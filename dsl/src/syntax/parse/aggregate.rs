//! Aggregates and views: what is the fold of events. It must not know what an event carries.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::once::Once;
use crate::syntax::tree::{Aggregate, Expr, Path, View};

impl Build<'_> {
    /// An `aggregate`.
    pub(super) fn aggregate(&mut self, pair: Pair<'_>) -> Option<Aggregate> {
        let (mut name, mut label, mut key, mut sourced) = (None, Once::new(), Once::new(), Once::new());
        let (mut state, mut on, mut allow, mut snapshot) = (Once::new(), Vec::new(), Vec::new(), Once::new());
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::label => label.read(build, "as", span, |build| build.label(part)),
                Rule::key_fields => key.read(build, "key", span, |build| Some(build.key_fields(part))),
                Rule::sourced => sourced.read(build, "sourced", span, |_| Some(span)),
                Rule::aggregate_body => build.body(part, Rule::aggregate_line, |build, part| {
                    let span = build.span(&part);
                    match part.as_rule() {
                        Rule::projection => on.extend(build.projection(part)),
                        Rule::allow => allow.extend(build.allow(part)),
                        Rule::state => state.read(build, "state", span, |build| Some(build.state(part))),
                        Rule::snapshot => snapshot.read(build, "snapshot", span, |build| {
                            part.into_inner().last().map(|count| build.count(&count))
                        }),
                        _ => {}
                    }
                }),
                _ => {}
            }
        });
        Some(Aggregate {
            name: name?,
            label: label.take(),
            key: key.take().unwrap_or_default(),
            sourced: sourced.take(),
            state: state.take().unwrap_or_default(),
            on,
            allow,
            snapshot_every: snapshot.take(),
        })
    }

    fn state(&mut self, pair: Pair<'_>) -> Vec<crate::syntax::tree::Field> {
        let mut fields = Vec::new();
        self.body(pair, Rule::field_line, |build, part| {
            if part.as_rule() == Rule::field {
                fields.extend(build.state_field(part));
            }
        });
        fields
    }

    fn allow(&mut self, pair: Pair<'_>) -> Option<(Path, Expr)> {
        let (mut command, mut condition) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => command = Some(self.path(part)),
                Rule::expr => condition = Some(self.expr(part)),
                _ => {}
            }
        }
        Some((command?, condition?))
    }

    /// A `view`.
    pub(super) fn view(&mut self, pair: Pair<'_>) -> Option<View> {
        let (mut name, mut label, mut key) = (None, Once::new(), Once::new());
        let (mut fields, mut on) = (Vec::new(), Vec::new());
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::label => label.read(build, "as", span, |build| build.label(part)),
                Rule::key_fields => key.read(build, "key", span, |build| Some(build.key_fields(part))),
                Rule::view_body => build.body(part, Rule::view_line, |build, part| match part.as_rule() {
                    Rule::projection => on.extend(build.projection(part)),
                    Rule::field => fields.extend(build.field(part)),
                    _ => {}
                }),
                _ => {}
            }
        });
        Some(View { name: name?, label: label.take(), key: key.take().unwrap_or_default(), fields, on })
    }
}
