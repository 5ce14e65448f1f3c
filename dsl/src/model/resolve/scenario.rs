//! Scenarios: their subject, and the names their steps use. They are played elsewhere.

use super::names::pick;
use super::{At, Resolver};
use crate::check::board::{hears_events, scenario_step};
use crate::model::{Scenario, Subject};
use crate::syntax::tree::{self, Item, ScenarioStep, SyntaxTree};

impl Resolver<'_> {
    pub(crate) fn declare_scenarios(&mut self, trees: &[SyntaxTree]) {
        for tree in trees {
            for item in &tree.items {
                if let Item::Scenario(scenario) = item {
                    self.scenario(At { context: None, file: tree.file }, scenario);
                }
            }
        }
    }

    fn scenario(&mut self, at: At, written: &tree::Scenario) {
        let subject = self.subject(at, &written.subject);
        let within = At { context: subject.and_then(|subject| self.context_of(subject)), file: at.file };
        if subject.is_some() {
            for step in &written.steps {
                self.step(within, step);
            }
        }
        self.model.scenarios.push(Scenario {
            title: written.title.value.clone(),
            subject,
            span: written.span,
        });
    }

    fn step(&mut self, at: At, step: &ScenarioStep) {
        match step {
            ScenarioStep::Given(it) => {
                self.heard(at, &it.command, hears_events::GIVEN);
            }
            ScenarioStep::When(it) => {
                let event_or_command =
                    |symbol| pick!(symbol, Event).map(|_| ()).or(pick!(symbol, Command).map(|_| ()));
                self.find(at, &it.command, event_or_command, scenario_step::neither);
            }
            ScenarioStep::Then(it) => {
                let event_or_command =
                    |symbol| pick!(symbol, Event).map(|_| ()).or(pick!(symbol, Command).map(|_| ()));
                self.find(at, &it.command, event_or_command, scenario_step::neither);
            }
            ScenarioStep::WhenRow { .. } | ScenarioStep::After(_) | ScenarioStep::ThenNothing(_) => {}
        }
    }

    fn context_of(&self, subject: Subject) -> Option<crate::model::ContextId> {
        match subject {
            Subject::Context(id) => Some(id),
            Subject::Aggregate(id) => self.model[id].head.context,
            Subject::External(id) => self.model[id].head.context,
            Subject::Command(id) => self.model[id].head.context,
            Subject::Event(id) => self.model[id].head.context,
            Subject::Policy(id) => self.model[id].head.context,
            Subject::View(id) => self.model[id].head.context,
            Subject::Process(id) => self.model[id].head.context,
        }
    }
}
