//! Scenarios: given, when, then. It must not know how they are played.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::outside::row_change;
use crate::diagnostic::{self, Diagnostic};
use crate::syntax::tree::{Doc, Scenario, ScenarioStep};

pub(super) static AND_AFTER_NOTHING: diagnostic::Rule = diagnostic::Rule {
    code: "S0117",
    title: "an `and` goes on with the step before it",
    explain: "`and` says once more what the step before it says: given, when or then. It cannot come first, nor after `after` or \
        `then nothing`, and a row can only follow a `when`.\n\n\
        ```storm\nscenario \"a paid order ships\" for ShipPaidOrder {\n  and OrderPaid\n  then ShipOrder\n}\n```\n\nMended:\n\n\
        ```storm\nscenario \"a paid order ships\" for ShipPaidOrder {\n  when OrderPaid\n  then ShipOrder\n}\n```\n",
};

impl Build<'_> {
    /// A `scenario`.
    pub(super) fn scenario(&mut self, doc: Option<Doc>, pair: Pair<'_>) -> Option<Scenario> {
        let (span, before) = (self.span(&pair), self.damages);
        let (mut title, mut subject, mut steps) = (None, None, Vec::new());
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::text => title = Some(build.text(&part)),
            Rule::path => subject = Some(build.path(part)),
            Rule::scenario_body => build.body(part, Rule::scenario_line, |build, part| {
                let step = build.scenario_step(part, steps.last());
                steps.extend(step);
            }),
            _ => {}
        });
        Some(Scenario { doc, title: title?, subject: subject?, steps, span, poisoned: self.damages > before })
    }

    fn scenario_step(&mut self, pair: Pair<'_>, previous: Option<&ScenarioStep>) -> Option<ScenarioStep> {
        match pair.as_rule() {
            Rule::given => self.then(pair).map(ScenarioStep::Given),
            Rule::after => self.inner_duration(pair).map(ScenarioStep::After),
            Rule::when => self.when(pair),
            Rule::and => self.and(pair, previous),
            Rule::outcome => {
                let span = self.span(&pair);
                if pair.clone().into_inner().any(|part| part.as_rule() == Rule::nothing) {
                    return Some(ScenarioStep::ThenNothing(span));
                }
                self.then(pair).map(ScenarioStep::Then)
            }
            _ => None,
        }
    }

    fn when(&mut self, pair: Pair<'_>) -> Option<ScenarioStep> {
        let span = self.span(&pair);
        let Some(row) = pair.clone().into_inner().find(|part| part.as_rule() == Rule::row) else {
            return self.then(pair).map(ScenarioStep::When);
        };
        let (mut table, mut change, mut assigns) = (None, None, Vec::new());
        for part in row.into_inner() {
            match part.as_rule() {
                Rule::path => table = Some(self.path(part)),
                Rule::change => change = Some(row_change(&part)),
                Rule::row_values => assigns = self.row_values(part),
                _ => {}
            }
        }
        Some(ScenarioStep::WhenRow { table: table?, change: change?, assigns, span })
    }

    /// An `and` is of the kind before it.
    fn and(&mut self, pair: Pair<'_>, previous: Option<&ScenarioStep>) -> Option<ScenarioStep> {
        let row = pair.clone().into_inner().any(|part| part.as_rule() == Rule::row);
        match previous {
            Some(ScenarioStep::When(_) | ScenarioStep::WhenRow { .. }) => self.when(pair),
            Some(ScenarioStep::Given(_)) if !row => self.then(pair).map(ScenarioStep::Given),
            Some(ScenarioStep::Then(_)) if !row => self.then(pair).map(ScenarioStep::Then),
            _ => {
                let span = self.span(&pair);
                self.damages += 1;
                let message = if row && previous.is_some() {
                    "a row stands after `when`"
                } else {
                    "this `and` has no step before it to go on with"
                };
                self.report(
                    Diagnostic::error(&AND_AFTER_NOTHING, span, message)
                        .help("begin the step with `given`, `when` or `then`"),
                );
                None
            }
        }
    }
}
