//! The syntax tree: what was written, with its places, before anything is resolved. One struct a construct of the
//! language. It must not know what a name refers to.
//!
//! A declaration whose text was damaged is still here, marked `poisoned`: later checks say nothing about what it lacks.

mod atom;
mod expr;
mod flow;
mod outside;

pub use atom::*;
pub use expr::*;
pub use flow::*;
pub use outside::*;

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
