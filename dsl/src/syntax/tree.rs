//! The syntax tree: what was written, with its places, before anything is resolved. One struct a construct of the
//! language. It must not know what a name refers to.
//!
//! A declaration whose text was damaged is still here, marked `poisoned`: later checks say nothing about what it lacks.

use crate::source::{FileId, Span};

/// One file, parsed. Parsing never fails as a whole: what could not be read became diagnostics and poison.
#[derive(Debug, Clone)]
pub struct SyntaxTree {
    /// The file.
    pub file: FileId,
    /// What stands in it, in order.
    pub items: Vec<Item>,
}

/// What may stand at the top of a file.
#[derive(Debug, Clone)]
pub enum Item {
    /// `context Ordering { … }`; a context may be opened several times.
    Context(Context),
    /// A declaration outside of a context: allowed at big picture depth only (`event OrderPlaced` alone in a file).
    Loose(Declaration),
    /// `use Other.{Name, Name}`
    Use(Use),
    /// `source shop: mysql { … }`
    Source(Source),
    /// `capture Ordering.OrderPlaced from shop.orders inserted { … }`
    Capture(Capture),
    /// `stream Ordering.events { … }`
    Stream(Stream),
    /// `reader DataLake of Ordering.events`
    Reader(Reader),
    /// `scenario "…" for X { … }`
    Scenario(Scenario),
}

/// A word that names something, without its back-ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// `a.b.c`, at least one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The names between the points.
    pub names: Vec<Name>,
}

/// A string literal with its escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// Its place, the quotes included.
    pub span: Span,
}

/// A whole number, underscores removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub value: u64,
    /// Its place.
    pub span: Span,
}

/// `200ms`, `3s`, `1m`, `24h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationLiteral {
    /// Milliseconds.
    pub millis: u64,
    /// Its place.
    pub span: Span,
}

/// `400 B`, `1MB`, `50GB` (powers of 1000; `KiB`, `MiB`, `GiB` powers of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLiteral {
    /// Bytes.
    pub bytes: u64,
    /// Its place.
    pub span: Span,
}

/// `/// …` lines before a declaration, joined by line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doc {
    /// The text without the slashes and one leading space.
    pub text: String,
    /// The place of all its lines.
    pub span: Span,
}

/// `@pii`, `@deprecated("use total")`
#[derive(Debug, Clone)]
pub struct Annotation {
    /// Its name without the `@`.
    pub name: Name,
    /// Its arguments.
    pub arguments: Vec<Literal>,
    /// The whole place.
    pub span: Span,
}

/// `context Ordering as "…" { … }`
#[derive(Debug, Clone)]
pub struct Context {
    /// Its doc.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Name,
    /// `as "…"`
    pub label: Option<Text>,
    /// What stands in it, in order.
    pub declarations: Vec<Declaration>,
    /// From `context` to its `}`.
    pub span: Span,
    /// Its body was damaged (a missing `}`, say).
    pub poisoned: bool,
}

/// `use Other.{Name, Name}` or `use Other.Name`
#[derive(Debug, Clone)]
pub struct Use {
    /// The context.
    pub context: Name,
    /// The names it shortens.
    pub names: Vec<Name>,
    /// The whole place.
    pub span: Span,
}

/// Anything that stands inside a context.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Its doc.
    pub doc: Option<Doc>,
    /// Its annotations.
    pub annotations: Vec<Annotation>,
    /// What it is.
    pub kind: Kind,
    /// The whole place, doc and annotations not included.
    pub span: Span,
    /// Part of it could not be read.
    pub poisoned: bool,
}

/// What a declaration is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `owner "team-orders"`
    Owner(Text),
    /// `actor Customer`
    Actor(Actor),
    /// `enum OrderStatus { placed, paid }`
    Enum(Enum),
    /// `type OrderLine { … }`
    Type(Record),
    /// `aggregate Order key order_id: uuid`
    Aggregate(Aggregate),
    /// `external PayPal { … }`
    External(External),
    /// `command …`
    Command(Command),
    /// `event …`
    Event(Event),
    /// `policy …`
    Policy(Box<Policy>),
    /// `view …`
    View(View),
    /// `process …`
    Process(Process),
    /// `hotspot "…"`
    Hotspot(Hotspot),
}

/// `actor Customer as "…"`
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
}

/// An enum.
#[derive(Debug, Clone)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its values in order.
    pub values: Vec<EnumValue>,
}

/// One value of an enum.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// Its doc.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Name,
    /// `renamed from old`
    pub renamed_from: Option<Name>,
}

/// A `type`: a record.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// `name: type`, or a bare `name` that takes its type from the aggregate's key.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its doc.
    pub doc: Option<Doc>,
    /// `@pii`, `@deprecated("…")`
    pub annotations: Vec<Annotation>,
    /// Its name.
    pub name: Name,
    /// Its type; none when bare.
    pub ty: Option<TypeRef>,
    /// `= 0`, in a `state` block only.
    pub default: Option<Expr>,
    /// `renamed from old`
    pub renamed_from: Option<Name>,
    /// The whole place.
    pub span: Span,
}

/// A type as written: `decimal(12, 2)?`, `OrderLine[]`, `map<string, u32>`.
#[derive(Debug, Clone)]
pub struct TypeRef {
    /// What it is of.
    pub base: TypeBase,
    /// `[]`
    pub repeated: bool,
    /// `?`
    pub optional: bool,
    /// The whole place.
    pub span: Span,
}

/// The part of a type before `[]` and `?`.
#[derive(Debug, Clone)]
pub enum TypeBase {
    /// `uuid`, `decimal(12, 2)`, `OrderLine`, `Other.Money`
    Named {
        /// The name.
        path: Path,
        /// What stands in the parentheses.
        arguments: Vec<Count>,
    },
    /// `map<string, T>`
    Map {
        /// The key's type; only `string` is allowed, which a check says.
        key: Box<TypeRef>,
        /// The value's type.
        value: Box<TypeRef>,
    },
}

/// `aggregate Order key order_id: uuid [sourced] { … }`
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Its key, in order; empty at process depth.
    pub key: Vec<Field>,
    /// Its state is the fold of its own events.
    pub sourced: Option<Span>,
    /// `state { … }`
    pub state: Vec<Field>,
    /// `on ItemAdded { … }`
    pub on: Vec<Projection>,
    /// `allow AddItem if open`
    pub allow: Vec<(Path, Expr)>,
    /// `snapshot every 100`
    pub snapshot_every: Option<Count>,
}

/// `external PayPal { url "…" timeout 3s at most 50/s }`
#[derive(Debug, Clone)]
pub struct External {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// `url "…"`
    pub url: Option<Text>,
    /// `timeout 3s`
    pub timeout: Option<DurationLiteral>,
    /// `at most 50/s`
    pub at_most: Option<Rate>,
}

/// `50/s`, `2_000/m`
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how many milliseconds: 1000, 60000 or 3600000.
    pub per_millis: u64,
    /// The whole place.
    pub span: Span,
}

/// `command PlaceOrder by Customer on Order -> OrderPlaced | OrderRejected { … }`
#[derive(Debug, Clone)]
pub struct Command {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// `v2`
    pub version: Option<Count>,
    /// `by Customer`
    pub by: Vec<Path>,
    /// `every "*/5 * * * *"`
    pub every: Option<Text>,
    /// `on Order`: an aggregate or an external system.
    pub on: Option<Path>,
    /// `key order_id`
    pub key: Vec<Name>,
    /// `-> A | B`
    pub emits: Vec<Path>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// `upcast from v1 { … }`
    pub upcasts: Vec<Upcast>,
    /// True when it has a `{ … }`, be it empty: its fields are known.
    pub has_body: bool,
}

/// `event OrderPlaced v2 on Order { … }`, `event PaymentReceived from PayPal key order_id { … }`
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// `v2`
    pub version: Option<Count>,
    /// `on Order`
    pub on: Option<Path>,
    /// `from PayPal`
    pub from: Option<Path>,
    /// `key order_id`
    pub key: Vec<Name>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// `upcast from v1 { … }`
    pub upcasts: Vec<Upcast>,
    /// True when it has a `{ … }`, be it empty: its fields are known.
    pub has_body: bool,
}

/// `upcast from v1 { currency: "EUR" }`
#[derive(Debug, Clone)]
pub struct Upcast {
    /// The version it starts from.
    pub from: Count,
    /// The values of what is new.
    pub assigns: Vec<Assign>,
    /// The whole place.
    pub span: Span,
}

/// `name: expression`, or a bare `name`: both sides agree.
#[derive(Debug, Clone)]
pub struct Assign {
    /// The field that gets a value.
    pub name: Name,
    /// Its value; none when bare.
    pub value: Option<Expr>,
    /// In a scenario's row: `status: "placed" -> "paid"`, the value after the arrow.
    pub becomes: Option<Expr>,
}

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

/// `view OrderSummary key order_id { fields, on Event { … } }`
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Its key.
    pub key: Vec<Field>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// How events change it.
    pub on: Vec<Projection>,
}

/// `on OrderPlaced { status: placed, total }`
#[derive(Debug, Clone)]
pub struct Projection {
    /// The event.
    pub event: Path,
    /// The new values.
    pub assigns: Vec<Assign>,
    /// The whole place.
    pub span: Span,
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

/// `hotspot "…" on X owner "…" due 2027-01-15`
#[derive(Debug, Clone)]
pub struct Hotspot {
    /// The question.
    pub text: Text,
    /// What it is about.
    pub on: Option<Path>,
    /// Who answers it.
    pub owner: Option<Text>,
    /// `due 2027-01-15`, as ISO text.
    pub due: Option<Text>,
}

/// `source shop: mysql { … }`
#[derive(Debug, Clone)]
pub struct Source {
    /// Its doc.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Name,
    /// `mysql`, `postgres`, `debezium`, `outbox`, `webhook`.
    pub kind: Name,
    /// `schema "schema/shop.sql"`
    pub schema: Option<Text>,
    /// `databases "shop_*" as tenant`
    pub databases: Option<(Text, Option<Name>)>,
    /// `tables orders, "audit_*"`
    pub tables: Vec<Text>,
    /// `path "/paypal"`
    pub path: Option<Text>,
    /// `id event_id`
    pub id: Option<Path>,
    /// The whole place.
    pub span: Span,
    /// Part of it could not be read.
    pub poisoned: bool,
}

/// `capture Ordering.OrderPlaced from shop.orders inserted where … { … }`
#[derive(Debug, Clone)]
pub struct Capture {
    /// Its doc.
    pub doc: Option<Doc>,
    /// The event.
    pub event: Path,
    /// `shop.orders`: the source and its table, or a webhook's message.
    pub from: Path,
    /// What must have happened to the row; none for a webhook.
    pub change: Option<(RowChange, Span)>,
    /// `where …`
    pub condition: Option<Expr>,
    /// The event's fields.
    pub assigns: Vec<Assign>,
    /// The whole place.
    pub span: Span,
    /// Part of it could not be read.
    pub poisoned: bool,
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowChange {
    /// `inserted`
    Inserted,
    /// `updated`
    Updated,
    /// `deleted`
    Deleted,
}

/// `stream Ordering.events { … }`
#[derive(Debug, Clone)]
pub struct Stream {
    /// Its doc.
    pub doc: Option<Doc>,
    /// The context and the stream: `raw`, `events`, `commands`, `dead`, or a name of its own.
    pub path: Path,
    /// What it says.
    pub settings: Vec<StreamSetting>,
    /// The whole place.
    pub span: Span,
    /// Part of it could not be read.
    pub poisoned: bool,
}

/// One line of a stream.
#[derive(Debug, Clone)]
pub enum StreamSetting {
    /// `topic "ordering_events"`
    Topic(Text),
    /// `partitions 12`
    Partitions(Count),
    /// `partitions for 2_000/s of 400 B, skew 20% on 1% of keys`
    PartitionsFor {
        /// The throughput.
        rate: Rate,
        /// A message's size.
        size: SizeLiteral,
        /// The share of the load (percent) on a share of the keys (percent).
        skew: Option<(u64, u64)>,
    },
    /// `retention 30d or 50GB`: whichever is reached first.
    Retention {
        /// By time.
        time: Option<DurationLiteral>,
        /// By size, of the whole topic.
        size: Option<SizeLiteral>,
        /// The whole place.
        span: Span,
    },
    /// `replicas 3`
    Replicas(Count),
    /// `message at most 1MB`
    MessageAtMost(SizeLiteral),
    /// `of OrderPlaced where total > 10_000`
    Of {
        /// The event.
        event: Path,
        /// Which of them.
        condition: Option<Expr>,
    },
    /// `compacted latest OrderSummary`
    CompactedLatest(Path),
}

/// `reader DataLake of Ordering.events`
#[derive(Debug, Clone)]
pub struct Reader {
    /// Its doc.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// The stream it reads.
    pub of: Path,
    /// The whole place.
    pub span: Span,
}

/// `scenario "…" for X { … }`
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its doc.
    pub doc: Option<Doc>,
    /// Its title.
    pub title: Text,
    /// What it shows.
    pub subject: Path,
    /// Its steps in order; `and` is of the kind before it.
    pub steps: Vec<ScenarioStep>,
    /// The whole place.
    pub span: Span,
    /// Part of it could not be read.
    pub poisoned: bool,
}

/// One line of a scenario.
#[derive(Debug, Clone)]
pub enum ScenarioStep {
    /// `given X { … }`
    Given(Then),
    /// `when X { … }`
    When(Then),
    /// `when row shop.orders updated { … }`
    WhenRow {
        /// The table.
        table: Path,
        /// What happened.
        change: RowChange,
        /// The row's values.
        assigns: Vec<Assign>,
        /// The whole place.
        span: Span,
    },
    /// `after 2h`
    After(DurationLiteral),
    /// `then X { … }`
    Then(Then),
    /// `then nothing`
    ThenNothing(Span),
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A value.
    Literal(Literal),
    /// `total`, `line.sku`, `old.status`, `OrderPaid.total`
    Path(Path),
    /// `not x`, `-x`
    Unary(UnaryOp, Box<Expr>),
    /// `a and b`, `a == b`, `a + b`, `a contains b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x is set`, `x is not set`
    IsSet {
        /// What is looked at.
        value: Box<Expr>,
        /// `is not set`
        negated: bool,
    },
}

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `"…"`
    Text(Text),
    /// `12`, `12.50`, digits as written without underscores.
    Number(String, Span),
    /// `true`, `false`
    Bool(bool, Span),
    /// `24h`
    Duration(DurationLiteral),
}

/// Before one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// Between two operands. Binding, loosest first: `or`, `and`, comparisons (not chained), `+ -`, `* /`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `contains`
    Contains,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Path {
    /// From the first name to the last.
    pub fn span(&self) -> Span {
        self.names[0].span.to(self.names[self.names.len() - 1].span)
    }

    /// The names joined by points.
    pub fn text(&self) -> String {
        self.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".")
    }
}
