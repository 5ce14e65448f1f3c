//! What waits and reacts: policies and processes.

use super::{Assign, Count, DurationLiteral, Expr, Name, Path, Text};
use crate::source::Span;

/// `policy Name "sentence" { … }`
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Its sentence.
    pub sentence: Option<Text>,
    /// `whenever A or B`, `whenever A and B within 2h by key`
    pub whenever: Option<Whenever>,
    /// `if total > 0`
    pub condition: Option<Expr>,
    /// `for each line in lines`
    pub for_each: Option<ForEach>,
    /// `after 24h`
    pub after: Option<DurationLiteral>,
    /// `unless OrderPaid or OrderCancelled`
    pub unless: Vec<Path>,
    /// `then X { … }`, in order.
    pub then: Vec<Then>,
    /// `otherwise X { … }`
    pub otherwise: Vec<Then>,
    /// `skip if …`
    pub skip_if: Vec<Expr>,
    /// `retry 8 times backoff 200ms to 1m`
    pub retry: Option<Retry>,
    /// `then park` or `then skip`
    pub give_up: Option<(GiveUp, Span)>,
    /// `lag at most 5s`
    pub lag: Option<DurationLiteral>,
}

/// What a policy or process waits for.
#[derive(Debug, Clone)]
pub struct Whenever {
    /// The events.
    pub events: Vec<Path>,
    /// How they are joined.
    pub join: Join,
    /// `within 2h`
    pub within: Option<DurationLiteral>,
    /// `by order_id`
    pub by: Vec<Name>,
    /// The whole place.
    pub span: Span,
}

/// How the events of a `whenever` are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// One event, or any of several (`or`).
    Any,
    /// All of them (`and`): state is kept.
    All,
}

/// `for each line in lines`
#[derive(Debug, Clone)]
pub struct ForEach {
    /// The variable.
    pub variable: Name,
    /// What it runs through.
    pub list: Path,
    /// The whole place.
    pub span: Span,
}

/// `then Payments.ChargeCard { order_id, total }`
#[derive(Debug, Clone)]
pub struct Then {
    /// The command.
    pub command: Path,
    /// Its fields' values.
    pub assigns: Vec<Assign>,
    /// The whole place.
    pub span: Span,
}

/// `retry 8 times backoff 200ms to 1m`
#[derive(Debug, Clone)]
pub struct Retry {
    /// How many times.
    pub times: Count,
    /// The first wait.
    pub from: Option<DurationLiteral>,
    /// The longest wait.
    pub to: Option<DurationLiteral>,
    /// The whole place.
    pub span: Span,
}

/// What happens when the attempts are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// `then park` (the default): the key's later events wait behind it.
    Park,
    /// `then skip`: the event is dead-lettered and the partition goes on.
    Skip,
}

/// `process Fulfilment "…" { … }`
#[derive(Debug, Clone)]
pub struct Process {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Its sentence.
    pub sentence: Option<Text>,
    /// What starts an instance, and its key (`by`).
    pub whenever: Option<Whenever>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// `finally X { … }`
    pub finally: Vec<Then>,
    /// `otherwise X { … }`
    pub otherwise: Vec<Then>,
}

/// `step pay { … }`
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub name: Name,
    /// `then X { … }`
    pub then: Vec<Then>,
    /// `until X within 10m`
    pub until: Option<Until>,
    /// `fails on X`
    pub fails_on: Vec<Path>,
    /// `undo X { … }`
    pub undo: Vec<Then>,
    /// The whole place.
    pub span: Span,
}

/// `until Payments.PaymentReceived within 10m`
#[derive(Debug, Clone)]
pub struct Until {
    /// The events, any of which ends the step.
    pub events: Vec<Path>,
    /// The longest wait.
    pub within: Option<DurationLiteral>,
    /// The whole place.
    pub span: Span,
}
