//! Processes: a policy with a memory. Each step sends commands, waits for events and can be undone.

use std::collections::HashMap;

use super::scope::Scope;
use super::{At, Resolver, Symbol};
use crate::check::board::hears_events;
use crate::check::names::said_twice;
use crate::model::{EventId, ProcessId, Send};
use crate::syntax::tree::{self, Name, Path};

impl Resolver<'_> {
    pub(crate) fn process(&mut self, at: At, id: ProcessId, written: &tree::Process) {
        let symbol = Symbol::Process(id);
        let mut scope = Scope::new(at);
        if let Some(whenever) = &written.whenever {
            self.hear(&mut scope, symbol, whenever);
        }
        let mut sends: Vec<Send> = vec![];
        let mut awaits: Vec<EventId> = vec![];
        let mut steps: HashMap<&str, &Name> = HashMap::new();
        for step in &written.steps {
            if let Some(earlier) = steps.insert(&step.name.text, &step.name) {
                self.report(said_twice::step(&step.name, earlier.span));
            }
            sends.extend(self.sends(&scope, &vec![], symbol, &step.then));
            let until = step.until.iter().flat_map(|until| &until.events);
            for path in until {
                self.wait(&mut scope, &mut awaits, symbol, path, hears_events::UNTIL);
            }
            for path in &step.fails_on {
                self.wait(&mut scope, &mut awaits, symbol, path, hears_events::FAILS_ON);
            }
            sends.extend(self.sends(&scope, &vec![], symbol, &step.undo));
        }
        sends.extend(self.sends(&scope, &vec![], symbol, &written.finally));
        scope.failure = true;
        sends.extend(self.sends(&scope, &vec![], symbol, &written.otherwise));
        let process = &mut self.model.processes[id.0 as usize];
        process.sentence = written.sentence.as_ref().map(|text| text.value.clone());
        process.whenever = scope.events;
        process.sends = sends;
        process.awaits = awaits;
    }

    fn wait(
        &mut self,
        scope: &mut Scope,
        awaits: &mut Vec<EventId>,
        symbol: Symbol,
        path: &Path,
        place: &'static str,
    ) {
        match self.heard(scope.at, path, place) {
            Some(event) => {
                scope.named.push(event);
                if !awaits.contains(&event) {
                    awaits.push(event);
                }
            }
            None => {
                self.doubts.symbols.insert(symbol);
            }
        }
    }
}
