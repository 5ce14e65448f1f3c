//! What one sees from outside: metrics with handles resolved at start, hops for those who follow a record, and log lines.
//! It must not know: what it measures.

mod behind;
mod calls;
mod client;
mod ends;
mod hand;
mod handling;
mod histogram;
pub(crate) mod hop;
pub(crate) mod lag;
mod logs;
mod metrics;
mod process;
mod rebalances;
mod spans;
mod spread;
mod standing;
mod table;

pub(crate) use behind::Behind;
pub(crate) use calls::Calls;
pub(crate) use client::{Client, Figures};
pub(crate) use ends::{End, Ends};
pub(crate) use hand::{Hand, InHand};
pub(crate) use handling::{Handling, Held, Now};
pub(crate) use logs::start as start_logs;
pub(crate) use metrics::{Meters, Metrics};
pub(crate) use rebalances::Rebalances;
pub(crate) use spans::{Role, Span, Spans, place};
pub(crate) use spread::Spread;
pub(crate) use standing::{Place, Stand, Standing};
pub(crate) use table::{Count, Level};
pub use table::{Described, described};
