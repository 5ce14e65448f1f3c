//! The model: every name resolved, every type known. What the board's sticky notes are to the compiler.
//! It must not know: protobuf, Rust, Kafka's spelling of a name, or how it is drawn.

pub mod expr;
pub(crate) mod resolve;
mod source;
pub mod types;

use crate::source::Span;
pub use crate::syntax::tree::{GiveUp, Join, RowChange};
pub use expr::*;
pub use source::*;
pub use types::*;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $field:ident: $of:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl std::ops::Index<$name> for Model {
            type Output = $of;
            fn index(&self, id: $name) -> &$of {
                &self.$field[id.0 as usize]
            }
        }
    )*};
}

ids! {
    /// A context of the model.
    ContextId => contexts: Context;
    /// An actor.
    ActorId => actors: Actor;
    /// An enum.
    EnumId => enums: Enum;
    /// A record type.
    RecordId => records: Record;
    /// An aggregate.
    AggregateId => aggregates: Aggregate;
    /// An external system.
    ExternalId => externals: External;
    /// A command.
    CommandId => commands: Command;
    /// An event.
    EventId => events: Event;
    /// A policy.
    PolicyId => policies: Policy;
    /// A view.
    ViewId => views: View;
    /// A process.
    ProcessId => processes: Process;
    /// A hotspot.
    HotspotId => hotspots: Hotspot;
    /// A source.
    SourceId => sources: Source;
    /// A table of a source.
    TableId => tables: Table;
    /// A capture.
    CaptureId => captures: Capture;
    /// A stream.
    StreamId => streams: Stream;
    /// A reader outside of the model.
    ReaderId => readers: Reader;
}

/// The whole model, in arenas; the order within each is that of the files' paths and of the text.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// The system's name, for example `shop`.
    pub name: String,
    /// Bounded contexts. A loose declaration outside of a context has none (`context: None`).
    pub contexts: Vec<Context>,
    /// Actors.
    pub actors: Vec<Actor>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Record types.
    pub records: Vec<Record>,
    /// Aggregates.
    pub aggregates: Vec<Aggregate>,
    /// External systems.
    pub externals: Vec<External>,
    /// Commands.
    pub commands: Vec<Command>,
    /// Events.
    pub events: Vec<Event>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Views.
    pub views: Vec<View>,
    /// Processes.
    pub processes: Vec<Process>,
    /// Hotspots.
    pub hotspots: Vec<Hotspot>,
    /// Sources of rows and of webhooks.
    pub sources: Vec<Source>,
    /// Tables of the sources' schemas that the sources name.
    pub tables: Vec<Table>,
    /// Captures.
    pub captures: Vec<Capture>,
    /// Streams the model says something about; those it is silent on have defaults.
    pub streams: Vec<Stream>,
    /// Readers outside of the model.
    pub readers: Vec<Reader>,
    /// How many scenarios there are, with their places (they are played later).
    pub scenarios: Vec<Scenario>,
}

/// What every named thing of the model has.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// `as "…"`: what people read; else none.
    pub label: Option<String>,
    /// Its doc text.
    pub doc: Option<String>,
    /// The context it stands in; none for a loose declaration and for sources, streams, readers.
    pub context: Option<ContextId>,
    /// The place of its name.
    pub name_span: Span,
    /// Its whole place.
    pub span: Span,
}

/// How far a context has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// Names only.
    BigPicture,
    /// Who issues what, what follows what.
    Process,
    /// Every field has a type.
    Contract,
    /// Every event has an entrance.
    Service,
}

/// A bounded context.
#[derive(Debug, Clone)]
pub struct Context {
    /// Its head (`context` is none).
    pub head: Head,
    /// `owner "team-orders"`
    pub owner: Option<String>,
    /// How far it has come, reckoned by the checks.
    pub depth: Depth,
}

/// An actor.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its head.
    pub head: Head,
}

/// An enum.
#[derive(Debug, Clone)]
pub struct Enum {
    /// Its head.
    pub head: Head,
    /// Its values.
    pub values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// Its name as written.
    pub name: String,
    /// Its doc.
    pub doc: Option<String>,
    /// `renamed from old`
    pub renamed_from: Option<String>,
    /// Its place.
    pub span: Span,
}

/// A record type.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its head.
    pub head: Head,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field whose type is known.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its doc.
    pub doc: Option<String>,
    /// `@pii`: masked wherever a message is shown.
    pub pii: bool,
    /// `@deprecated("use total")`
    pub deprecated: Option<String>,
    /// `renamed from old`
    pub renamed_from: Option<String>,
    /// Its place.
    pub span: Span,
}

/// An aggregate.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// Its head.
    pub head: Head,
    /// Its key, in order; empty at process depth.
    pub key: Vec<Field>,
    /// The place of `sourced`, if it is.
    pub sourced: Option<Span>,
}

/// An external system.
#[derive(Debug, Clone)]
pub struct External {
    /// Its head.
    pub head: Head,
    /// `url "…"`
    pub url: Option<String>,
    /// `timeout 3s`, milliseconds.
    pub timeout: Option<u64>,
    /// `at most 50/s`: how many in how many milliseconds.
    pub at_most: Option<(u64, u64)>,
}

/// What handles a command or raises an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Handler {
    /// An aggregate.
    Aggregate(AggregateId),
    /// An external system.
    External(ExternalId),
}

/// A command.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its head.
    pub head: Head,
    /// `v2`; 1 if it says nothing.
    pub version: u32,
    /// Who issues it.
    pub by: Vec<ActorId>,
    /// The cron expression of a scheduled command, and its place.
    pub every: Option<(String, Span)>,
    /// What handles it.
    pub on: Option<Handler>,
    /// The names of the fields that key it, in order: its own `key`, else the aggregate's.
    pub key: Vec<String>,
    /// The events it may raise.
    pub emits: Vec<EventId>,
    /// Its fields; key fields written bare have their type.
    pub fields: Vec<Field>,
    /// True when its fields are known (it has a body, or it is scheduled and needs none).
    pub has_body: bool,
}

/// An event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its head.
    pub head: Head,
    /// `v2`; 1 if it says nothing.
    pub version: u32,
    /// Where the version is written, if it is.
    pub version_span: Option<Span>,
    /// What raises it: its `on` or `from`.
    pub raised_by: Option<Handler>,
    /// The names of the fields that key it, in order: its own `key`, else the aggregate's.
    pub key: Vec<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// True when its fields are known.
    pub has_body: bool,
    /// The place of its first `upcast`, if any.
    pub upcast: Option<Span>,
    /// `@deprecated`
    pub deprecated: Option<String>,
    /// Where it comes from, reckoned from captures, sourced aggregates and commands.
    pub entrance: Option<Entrance>,
}

/// The one door by which an event enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// A row or a webhook, by this capture.
    Capture(CaptureId),
    /// Its sourced aggregate.
    Sourced(AggregateId),
    /// The handler of a command records it in its own transaction (the outbox).
    Recorded,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its head.
    pub head: Head,
    /// Its sentence.
    pub sentence: Option<String>,
    /// The events it waits for.
    pub whenever: Vec<EventId>,
    /// How they are joined, and where this is written.
    pub join: Join,
    /// The place of `whenever …`.
    pub whenever_span: Option<Span>,
    /// `within 2h`, milliseconds (joins).
    pub within: Option<u64>,
    /// `by order_id` (joins).
    pub by: Vec<String>,
    /// `if …`
    pub condition: Option<Expr>,
    /// `for each line in lines`: the variable, the list and its place.
    pub for_each: Option<ForEach>,
    /// `after 24h`, milliseconds, and its place (timers).
    pub after: Option<(u64, Span)>,
    /// `unless …`, with their places.
    pub unless: Vec<(EventId, Span)>,
    /// What it sends, in order.
    pub then: Vec<Send>,
    /// What it sends when time is up, in order.
    pub otherwise: Vec<Send>,
    /// `skip if …`
    pub skip_if: Vec<Expr>,
    /// `retry 8 times backoff 200ms to 1m`
    pub retry: Option<Retry>,
    /// `then park` or `then skip`, and its place; none if it says nothing (park).
    pub give_up: Option<(GiveUp, Span)>,
    /// `lag at most 5s`, milliseconds.
    pub lag: Option<u64>,
}

/// `for each line in lines`
#[derive(Debug, Clone)]
pub struct ForEach {
    /// The variable.
    pub variable: String,
    /// The list: a repeated field of the event.
    pub list: Expr,
    /// One element's type.
    pub element: Type,
    /// The whole place.
    pub span: Span,
}

/// A command that is sent, with a value for each of its fields (fields that are optional may be left out).
#[derive(Debug, Clone)]
pub struct Send {
    /// The command.
    pub command: CommandId,
    /// The fields' values, in the command's field order: (index into its fields, value).
    pub values: Vec<(usize, Expr)>,
    /// The whole place.
    pub span: Span,
}

/// `retry 8 times backoff 200ms to 1m`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How many times.
    pub times: u32,
    /// The first wait, milliseconds.
    pub from: u64,
    /// The longest wait, milliseconds.
    pub to: u64,
}

/// A view (drawn and checked; it does not run yet).
#[derive(Debug, Clone)]
pub struct View {
    /// Its head.
    pub head: Head,
    /// Its key.
    pub key: Vec<Field>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The events it follows.
    pub on: Vec<EventId>,
}

/// A process (drawn and checked; it does not run yet).
#[derive(Debug, Clone)]
pub struct Process {
    /// Its head.
    pub head: Head,
    /// Its sentence.
    pub sentence: Option<String>,
    /// What starts it.
    pub whenever: Vec<EventId>,
    /// What its steps and endings send, in order.
    pub sends: Vec<Send>,
    /// What its steps wait for or fail on.
    pub awaits: Vec<EventId>,
}

/// A hotspot.
#[derive(Debug, Clone)]
pub struct Hotspot {
    /// Its head; the name is the question.
    pub head: Head,
    /// What it is about.
    pub on: Option<Subject>,
    /// Who answers it.
    pub owner: Option<String>,
    /// ISO date.
    pub due: Option<String>,
}

/// Anything a hotspot or scenario can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A context.
    Context(ContextId),
    /// An aggregate.
    Aggregate(AggregateId),
    /// An external system.
    External(ExternalId),
    /// A command.
    Command(CommandId),
    /// An event.
    Event(EventId),
    /// A policy.
    Policy(PolicyId),
    /// A view.
    View(ViewId),
    /// A process.
    Process(ProcessId),
}

/// A reader outside of the model.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Its head.
    pub head: Head,
    /// The context whose stream it reads.
    pub of: ContextId,
    /// The stream.
    pub stream: StreamKind,
}

/// A scenario, checked by name only until it can be played.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its title.
    pub title: String,
    /// What it shows.
    pub subject: Option<Subject>,
    /// Its place.
    pub span: Span,
}
