//! Policies: whenever these events, then those commands. What a command needs is looked for in the events.

use super::collect::{Became, Declared};
use super::expr::Guards;
use super::names::pick;
use super::scope::Scope;
use super::{At, Resolver, Symbol};
use crate::check::board::{clauses, hears_events, sends_commands};
use crate::check::names::{said_twice, shadowed};
use crate::check::types::{for_each, lacking};
use crate::model::{EventId, ForEach, Join, PolicyId, Retry, Send, Type, ValueType};
use crate::source::Span;
use crate::syntax::tree::{self, Kind, Path, Then, Whenever};

/// The waits of a retry that does not say them, milliseconds.
const BACKOFF: (u64, u64) = (200, 60_000);

impl Resolver<'_> {
    /// Policies, views, processes, sourced aggregates and hotspots: what refers to events and commands.
    pub(crate) fn declare_reactions(&mut self, declared: &[Declared]) {
        for it in declared {
            match (&it.declaration.kind, it.became) {
                (Kind::Policy(written), Became::Symbol(Symbol::Policy(id))) => {
                    self.policy(it.at, id, written);
                }
                (Kind::View(written), Became::Symbol(Symbol::View(id))) => self.view(it.at, id, written),
                (Kind::Process(written), Became::Symbol(Symbol::Process(id))) => {
                    self.process(it.at, id, written);
                }
                (Kind::Aggregate(written), Became::Symbol(Symbol::Aggregate(id))) => {
                    self.fold(it.at, id, written);
                }
                (Kind::Hotspot(written), Became::Hotspot(id)) => self.hotspot(it.at, id, written),
                _ => {}
            }
        }
    }

    fn policy(&mut self, at: At, id: PolicyId, written: &tree::Policy) {
        let symbol = Symbol::Policy(id);
        self.clauses(written);
        let mut scope = Scope::new(at);
        if let Some(whenever) = &written.whenever {
            self.hear(&mut scope, symbol, whenever);
        }
        let unless: Vec<(EventId, Span)> = written
            .unless
            .iter()
            .filter_map(|path| Some((self.heard(at, path, hears_events::UNLESS)?, path.span())))
            .collect();
        scope.absent = unless.iter().map(|(event, _)| *event).collect();
        let mut guards: Guards = vec![];
        let condition =
            written.condition.as_ref().and_then(|written| self.condition(&scope, &guards, written));
        if let Some(condition) = &written.condition {
            self.guarded(&scope, condition, &mut guards);
        }
        let skip_if: Vec<_> =
            written.skip_if.iter().filter_map(|written| self.condition(&scope, &vec![], written)).collect();
        let for_each = written.for_each.as_ref().and_then(|it| self.for_each(&mut scope, it));
        if written.for_each.is_some() && for_each.is_none() {
            scope.silent.set(true);
        }
        let then = self.sends(&scope, &guards, symbol, &written.then);
        scope.only_by = scope.join == Join::All;
        scope.silent.set(false);
        let otherwise = self.sends(&scope, &guards, symbol, &written.otherwise);
        let policy = &mut self.model.policies[id.0 as usize];
        policy.sentence = written.sentence.as_ref().map(|text| text.value.clone());
        policy.whenever = scope.events;
        policy.join = scope.join;
        policy.whenever_span = written.whenever.as_ref().map(|whenever| whenever.span);
        policy.within = written.whenever.as_ref().and_then(|it| it.within).map(|within| within.millis);
        policy.by = scope.by;
        policy.condition = condition;
        policy.for_each = for_each;
        policy.after = written.after.map(|after| (after.millis, after.span));
        policy.unless = unless;
        policy.then = then;
        policy.otherwise = otherwise;
        policy.skip_if = skip_if;
        policy.retry = written.retry.as_ref().map(retry);
        policy.give_up = written.give_up;
        policy.lag = written.lag.map(|lag| lag.millis);
    }

    /// Clauses that need one another.
    fn clauses(&mut self, written: &tree::Policy) {
        let found = clauses::of_policy(written);
        self.diagnostics.extend(found);
    }

    /// Resolves a `whenever` into the scope.
    pub(crate) fn hear(&mut self, scope: &mut Scope, symbol: Symbol, whenever: &Whenever) {
        scope.join = whenever.join;
        for path in &whenever.events {
            match self.heard(scope.at, path, hears_events::WHENEVER) {
                Some(event) if scope.events.contains(&event) => self.report(said_twice::heard(path)),
                Some(event) => scope.events.push(event),
                None => {
                    self.doubts.symbols.insert(symbol);
                    scope.silent.set(true);
                }
            }
        }
        for name in &whenever.by {
            let lacks = |event: &&EventId| {
                let fields = &self.model[**event].fields;
                !fields.iter().any(|field| field.name == name.text)
            };
            match scope.events.iter().find(lacks) {
                Some(&event) => self.missing_field(scope, Symbol::Event(event), name),
                None => scope.by.push(name.text.clone()),
            }
        }
    }

    /// The event of this name, for a place where only events stand.
    pub(crate) fn heard(&mut self, at: At, path: &Path, place: &'static str) -> Option<EventId> {
        self.find(at, path, |symbol| pick!(symbol, Event), |found| hears_events::not_an_event(found, place))
    }

    fn for_each(&mut self, scope: &mut Scope, written: &tree::ForEach) -> Option<ForEach> {
        let list = tree::Expr { kind: tree::ExprKind::Path(written.list.clone()), span: written.list.span() };
        let list = self.expr(scope, &vec![], &list, None)?;
        let element = match &list.ty {
            ValueType::Model(ty) if ty.repeated => Type { repeated: false, ..ty.clone() },
            other => {
                let diagnostic = for_each::no_list(&written.list, &self.model.value_name(other));
                self.report(diagnostic);
                return None;
            }
        };
        let variable = &written.variable;
        for &event in &scope.events {
            if let Some(field) = self.model[event].fields.iter().find(|field| field.name == variable.text) {
                let diagnostic = shadowed::by_variable(variable, &self.model[event].head.name, field.span);
                self.report(diagnostic);
                break;
            }
        }
        scope.locals.push((variable.text.clone(), element.clone()));
        Some(ForEach { variable: variable.text.clone(), list, element, span: written.span })
    }

    /// Resolves commands that are sent.
    pub(crate) fn sends(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        by: Symbol,
        written: &[Then],
    ) -> Vec<Send> {
        let mut sends = Vec::with_capacity(written.len());
        for then in written {
            let pick = |symbol| pick!(symbol, Command);
            let Some(command) = self.find(scope.at, &then.command, pick, sends_commands::not_a_command)
            else {
                self.doubts.symbols.insert(by);
                continue;
            };
            let given = self.give(scope, guards, Symbol::Command(command), &then.assigns);
            let bare = scope.events.iter().any(|event| !self.model[*event].has_body);
            let names_only = then.assigns.is_empty() && bare;
            let silent = given.doubtful || scope.silent.get() || names_only || self.doubts.about(by);
            if !silent && !given.lacking.is_empty() {
                let diagnostic = lacking::command(then, &self.model[command], &given.lacking);
                self.report(diagnostic);
            }
            sends.push(Send { command, values: given.values, span: then.span });
        }
        sends
    }
}

fn retry(written: &tree::Retry) -> Retry {
    let times = u32::try_from(written.times.value).unwrap_or(u32::MAX);
    let from = written.from.map_or(BACKOFF.0, |from| from.millis);
    let to = written.to.map_or(BACKOFF.1.max(from), |to| to.millis);
    Retry { times, from, to }
}
