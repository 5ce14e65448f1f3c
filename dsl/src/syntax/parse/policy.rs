//! Policies: whenever, then, and what stands between. It must not know what the names mean.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::once::Once;
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{DurationLiteral, ForEach, GiveUp, Join, Policy, Retry, Whenever};

pub(super) static MIXED_JOIN: diagnostic::Rule = diagnostic::Rule {
    code: "S0118",
    title: "a `whenever` joins its events by `or` or by `and`, not by both",
    explain: "`or` reacts to each event, `and` waits for all of them; a mixture would need parentheses to be understood.\n\n\
        ```storm\nwhenever OrderPaid and StockReserved or OrderGifted\n```\n\nMended: two policies, one for each way.\n\n\
        ```storm\npolicy ShipPaidOrder {\n  whenever OrderPaid and StockReserved within 2h by order_id\n  then ShipOrder\n}\n\
        policy ShipGift {\n  whenever OrderGifted\n  then ShipOrder\n}\n```\n",
};

impl Build<'_> {
    /// A `policy`.
    pub(super) fn policy(&mut self, pair: Pair<'_>) -> Option<Policy> {
        let (mut name, mut label, mut sentence) = (None, Once::new(), Once::new());
        let mut body = None;
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::label => label.read(build, "as", span, |build| build.label(part)),
                Rule::sentence => sentence.read(build, "\"…\"", span, |build| build.inner_text(part)),
                Rule::policy_body => body = Some(part),
                _ => {}
            }
        });
        let mut policy = Policy {
            name: name?,
            label: label.take(),
            sentence: sentence.take(),
            whenever: None,
            condition: None,
            for_each: None,
            after: None,
            unless: Vec::new(),
            then: Vec::new(),
            otherwise: Vec::new(),
            skip_if: Vec::new(),
            retry: None,
            give_up: None,
            lag: None,
        };
        if let Some(body) = body {
            self.clauses(body, &mut policy);
        }
        Some(policy)
    }

    fn clauses(&mut self, body: Pair<'_>, policy: &mut Policy) {
        let (mut whenever, mut condition, mut for_each) = (Once::new(), Once::new(), Once::new());
        let (mut after, mut unless) = (Once::new(), Once::new());
        let (mut retry, mut give_up, mut lag) = (Once::new(), Once::new(), Once::new());
        self.body(body, Rule::policy_line, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::whenever => whenever.read(build, "whenever", span, |build| Some(build.whenever(part))),
                Rule::condition => condition
                    .read(build, "if", span, |build| part.into_inner().last().map(|expr| build.expr(expr))),
                Rule::for_each => for_each.read(build, "for each", span, |build| build.for_each(part)),
                Rule::after => after.read(build, "after", span, |build| build.inner_duration(part)),
                Rule::unless => unless.read(build, "unless", span, |build| Some(build.paths(part))),
                Rule::lag => lag.read(build, "lag", span, |build| build.inner_duration(part)),
                Rule::give_up => {
                    give_up.read(build, "then park", span, |_| Some((way(part.as_str()), span)));
                }
                Rule::retry => {
                    let ends = part.clone().into_inner().find(|part| part.as_rule() == Rule::give_up);
                    retry.read(build, "retry", span, |build| build.retry(part));
                    if let Some(ends) = ends {
                        let span = build.span(&ends);
                        give_up.read(build, "then park", span, |_| Some((way(ends.as_str()), span)));
                    }
                }
                Rule::then => policy.then.extend(build.then(part)),
                Rule::otherwise => policy.otherwise.extend(build.then(part)),
                Rule::skip_if => {
                    policy.skip_if.extend(part.into_inner().last().map(|expr| build.expr(expr)));
                }
                _ => {}
            }
        });
        policy.whenever = whenever.take();
        policy.condition = condition.take();
        policy.for_each = for_each.take();
        policy.after = after.take();
        policy.unless = unless.take().unwrap_or_default();
        policy.retry = retry.take();
        policy.give_up = give_up.take();
        policy.lag = lag.take();
    }

    /// A `whenever`.
    pub(super) fn whenever(&mut self, pair: Pair<'_>) -> Whenever {
        let span = self.span(&pair);
        let (mut events, mut by, mut within) = (Vec::new(), Once::new(), Once::new());
        let mut joins: Vec<(Join, Span)> = Vec::new();
        for part in pair.into_inner() {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::path => events.push(self.path(part)),
                Rule::kw_or => joins.push((Join::Any, span)),
                Rule::kw_and => joins.push((Join::All, span)),
                Rule::within => within.read(self, "within", span, |build| build.inner_duration(part)),
                Rule::by_key => by.read(self, "by", span, |build| Some(build.names(part))),
                _ => {}
            }
        }
        let join = joins.first().map_or(Join::Any, |(join, _)| *join);
        if let Some((_, other)) = joins.iter().find(|(other, _)| *other != join) {
            self.report(
                Diagnostic::error(&MIXED_JOIN, *other, "this `whenever` has both `and` and `or`")
                    .help("write a policy for each way"),
            );
        }
        Whenever { events, join, within: within.take(), by: by.take().unwrap_or_default(), span }
    }

    /// The `duration` below a pair.
    pub(super) fn inner_duration(&mut self, pair: Pair<'_>) -> Option<DurationLiteral> {
        let duration = pair.into_inner().find(|part| part.as_rule() == Rule::duration)?;
        Some(self.duration(&duration))
    }

    fn for_each(&mut self, pair: Pair<'_>) -> Option<ForEach> {
        let span = self.span(&pair);
        let (mut variable, mut list) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => variable = Some(self.name(&part)),
                Rule::path => list = Some(self.path(part)),
                _ => {}
            }
        }
        Some(ForEach { variable: variable?, list: list?, span })
    }

    fn retry(&mut self, pair: Pair<'_>) -> Option<Retry> {
        let span = self.span(&pair);
        let (mut times, mut waits) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::count => times = Some(self.count(&part)),
                Rule::backoff => {
                    let durations = part.into_inner().filter(|part| part.as_rule() == Rule::duration);
                    waits.extend(durations.map(|wait| self.duration(&wait)));
                }
                _ => {}
            }
        }
        Some(Retry { times: times?, from: waits.first().copied(), to: waits.get(1).copied(), span })
    }
}

fn way(written: &str) -> GiveUp {
    if written.contains("park") { GiveUp::Park } else { GiveUp::Skip }
}
