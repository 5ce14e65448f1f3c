//! What stands outside of contexts: sources, captures, streams, readers, scenarios.

use super::{Assign, Count, Doc, DurationLiteral, Expr, Name, Path, Rate, SizeLiteral, Text, Then};
use crate::source::Span;

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
    /// `id event_id`, `id header "X-Request-Id"`
    pub id: Option<CallId>,
    /// `signature header "X-Signature"`
    pub signature: Option<Text>,
    /// The whole place.
    pub span: Span,
    /// Part of it could not be read.
    pub poisoned: bool,
}

/// What a webhook's repeated call is known by.
#[derive(Debug, Clone)]
pub enum CallId {
    /// A field of its body.
    Field(Path),
    /// A header.
    Header(Text),
}

impl CallId {
    /// Its place.
    pub fn span(&self) -> Span {
        match self {
            CallId::Field(path) => path.span(),
            CallId::Header(text) => text.span,
        }
    }
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
