//! `model/policies.rs`: a policy a struct, its sentence its doc.

use askama::Template;
use storm_dsl::model::{ContextId, EventId, GiveUp, Policy, PolicyId, Retry, Send};

use super::docs::doc;
use super::expr::{Absent, Scope};
use super::spell::Spell;
use crate::artifact::text;
use crate::contract::{Context, Contract, Message};
use crate::names;

#[derive(Template)]
#[template(path = "rust/policy.rs.jinja", escape = "none")]
struct PolicyView {
    doc: String,
    name: String,
    event: String,
    command: String,
    sentence: String,
    retry: Option<String>,
    /// `Park` where the model says nothing.
    give_up: &'static str,
    skips: Option<String>,
    reads_event: bool,
    body: String,
}

/// A policy's structs: one for each event it waits for and each command it sends.
pub(super) struct Reaction<'m> {
    /// Its name in Rust, in configuration and in ids.
    pub name: String,
    policy: &'m Policy,
    event: EventId,
    send: &'m Send,
}

impl Reaction<'_> {
    /// The model's retry rule, else the runtime's: times, first and longest pause in milliseconds.
    pub(super) fn retry(&self) -> (u32, u64, u64) {
        self.policy.retry.map_or((5, 200, 30_000), |retry| (retry.times, retry.from, retry.to))
    }
}

/// The reactions of a context, in the model's order.
pub(super) fn reactions<'m>(contract: &Contract<'m>, own: &Context) -> Vec<Reaction<'m>> {
    let model = contract.model;
    let mut all = Vec::new();
    for index in 0..model.policies.len() {
        let policy = &model[PolicyId(index as u32)];
        if policy.head.context != Some(own.id) {
            continue;
        }
        for &event in &policy.whenever {
            for send in &policy.then {
                let mut name = names::type_name(&policy.head.name);
                if policy.whenever.len() > 1 {
                    name = format!("{name}On{}", names::type_name(&model[event].head.name));
                }
                if policy.then.len() > 1 {
                    name = format!("{name}Then{}", names::type_name(&model[send.command].head.name));
                }
                all.push(Reaction { name, policy, event, send });
            }
        }
    }
    all
}

/// A policy as the running service knows it.
pub(in crate::artifact) struct Known {
    /// As its metrics' label `name`.
    pub name: String,
    /// On one line.
    pub sentence: String,
    /// The pauses between all its tries together.
    pub retries_for: std::time::Duration,
}

/// The policies of a context's service, in the model's order.
pub(in crate::artifact) fn policies_of(contract: &Contract<'_>, own: &Context) -> Vec<Known> {
    let known = |of: Reaction<'_>| {
        let (times, from, to) = of.retry();
        let pauses = (0..times.min(64)).map(|n| from.saturating_mul(1 << n.min(40)).min(to));
        let retries_for = std::time::Duration::from_millis(pauses.fold(0, u64::saturating_add));
        let (heard, asked) =
            (&contract.model[of.event].head.name, &contract.model[of.send.command].head.name);
        let sentence = of.policy.sentence.clone().unwrap_or_else(|| format!("whenever {heard} then {asked}"));
        let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        Known { name: of.name, sentence, retries_for }
    };
    reactions(contract, own).into_iter().map(known).collect()
}

const PARKED: &str = "An event whose attempts are used up is parked: its key waits, and it is tried again.";
const PARKED_BY_DEFAULT: &str = "An event whose attempts are used up is parked, as the model says nothing else: its key waits, and it is tried again.";

/// A reaction as a Rust item.
pub(super) fn policy(spell: Spell<'_>, of: &Reaction<'_>) -> String {
    let contract = spell.contract;
    let event = message_of(contract, of.event);
    let command = {
        let home = contract.model[of.send.command].head.context;
        contract
            .context(home.unwrap_or_else(|| panic!("a command that is sent has a context")))
            .command(of.send.command)
    };
    let policy = of.policy;
    let scope = Scope {
        spell,
        element: policy.for_each.as_ref().map(|each| each.variable.clone()),
        row: None,
        absent: Absent::Default,
    };
    let body = body(&scope, of, command);
    let skips: Vec<String> = policy.skip_if.iter().map(|condition| scope.condition(condition).text).collect();
    let (heard, asked) = (called(contract, event, spell.own), called(contract, command, spell.own));
    let (event, command) = (spell.message(event), spell.message(command));
    let head = format!("Whenever `{heard}` then `{asked}` ({}).", contract.place(policy.head.name_span));
    let said = policy.sentence.as_ref().map(|said| format!("\n\n\"{said}\"")).unwrap_or_default();
    let own = policy.head.doc.as_ref().map(|own| format!("\n\n{own}")).unwrap_or_default();
    let (give_up, fate) = match policy.give_up {
        Some((GiveUp::Skip, _)) => ("DeadLetter", "An event whose attempts are used up is a dead letter."),
        Some((GiveUp::Park, _)) => ("Park", PARKED),
        None => ("Park", PARKED_BY_DEFAULT),
    };
    text(&PolicyView {
        doc: doc("", &format!("{head}{said}{own}\n\n{fate}")),
        name: of.name.clone(),
        sentence: match &policy.sentence {
            Some(said) => format!("{said:?}"),
            None => format!("\"whenever {heard} then {asked}\""),
        },
        retry: policy.retry.map(retry),
        give_up,
        skips: (!skips.is_empty()).then(|| skips.join(" || ")),
        reads_event: body.contains("event."),
        event,
        command,
        body,
    })
}

/// The statements of `react`: they end in something that yields commands.
fn body(scope: &Scope<'_>, of: &Reaction<'_>, command: &Message) -> String {
    let guard = of.policy.condition.as_ref().map(|condition| scope.condition(condition).text);
    let literal = literal(scope, of, command);
    let holds = guard.as_ref().map(|holds| format!("let holds = {holds};\n        ")).unwrap_or_default();
    let Some(each) = &of.policy.for_each else {
        return match guard {
            // What a guard has seen to be set leaves by `?`, which needs a closure.
            _ if literal.contains('?') => {
                let filter = if guard.is_some() { ".filter(move |_| holds)" } else { "" };
                format!("{holds}std::iter::once(event){filter}.filter_map(|event| Some({literal}))")
            }
            None => format!("Some({literal})"),
            Some(_) if literal.replace("Some(", "").contains('(') => {
                format!("{holds}holds.then(|| {literal})")
            }
            Some(_) => format!("{holds}holds.then_some({literal})"),
        };
    };
    let variable = names::variable(&each.variable);
    let mut chain = format!("{holds}{}.iter()", scope.list(&each.list));
    if guard.is_some() {
        chain.push_str(".filter(move |_| holds)");
    }
    match literal.contains('?') {
        true => format!("{chain}.filter_map(move |{variable}| Some({literal}))"),
        false => format!("{chain}.map(move |{variable}| {literal})"),
    }
}

/// The command with its fields; those that are given nothing are absent.
fn literal(scope: &Scope<'_>, of: &Reaction<'_>, command: &Message) -> String {
    let sent = scope.spell.message(command);
    let fields: Vec<String> = command
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let name = names::rust(&field.proto);
            let given = of.send.values.iter().find(|(given, _)| *given == index);
            match given {
                Some((_, value)) => format!("{name}: {}", scope.value(value, &field.ty, &field.proto)),
                None if field.ty.repeated => format!("{name}: Vec::new()"),
                None => format!("{name}: None"),
            }
        })
        .collect();
    if fields.is_empty() { format!("{sent} {{}}") } else { format!("{sent} {{ {} }}", fields.join(", ")) }
}

fn message_of<'c>(contract: &'c Contract<'_>, event: EventId) -> &'c Message {
    let home = contract.model[event].head.context;
    contract.context(home.unwrap_or_else(|| panic!("an event that is waited for has a context"))).event(event)
}

/// A message as the model calls it from a context: `Payments.ChargeCard`.
fn called(contract: &Contract<'_>, message: &Message, from: ContextId) -> String {
    if message.context == from {
        message.name.clone()
    } else {
        format!("{}.{}", contract.context(message.context).name, message.name)
    }
}

/// `Retry::times(8).backoff(millis(200), minutes(1))`
fn retry(retry: Retry) -> String {
    format!("Retry::times({}).backoff({}, {})", retry.times, span(retry.from), span(retry.to))
}

/// `minutes(1)`
pub(super) fn span(millis: u64) -> String {
    match millis {
        0 => "millis(0)".into(),
        _ if millis.is_multiple_of(3_600_000) => format!("hours({})", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("minutes({})", millis / 60_000),
        _ if millis.is_multiple_of(1_000) => format!("seconds({})", millis / 1_000),
        _ => format!("millis({millis})"),
    }
}
