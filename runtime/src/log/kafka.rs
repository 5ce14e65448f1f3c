//! Kafka, through rdkafka: the only place that knows the crate. Defaults that cost or lose something are set here once.
//! It must not know: what a record means.

mod claim;
mod client;
mod close;
mod consumer;
mod ends;
mod fetched;
mod fetches;
mod figures;
mod gap;
mod headers;
mod identity;
mod journal;
mod latest;
mod member;
mod places;
mod presence;
mod producer;
mod reset;
mod seat;
mod starts;
mod subscription;
mod topics;
mod transaction;

/// What a group or a transactional id is for: `<context>.publish.<instance>` publishes.
fn role(id: &str) -> &str {
    let (_, role) = id.split_once('.').unwrap_or(("", id));
    role.strip_prefix("publish.").map_or(role, |_| "publish")
}

pub(crate) use claim::{claim, is_ours};
pub(crate) use client::Kafka;
pub(crate) use consumer::{Consumer, GroupMetadata, Polled, replaced};
pub(crate) use ends::Ends;
pub(crate) use fetched::Fetched;
pub(crate) use journal::{Journal, note, note_text, write};
pub(crate) use latest::latest;
#[cfg(feature = "embedded")]
pub(crate) use latest::whole;
pub(crate) use member::{Begin, Commit, Mark, Marks, Offsets, Turn, list};
#[cfg(feature = "embedded")]
pub(crate) use places::nobody_of;
pub(crate) use places::{committed, store};
pub(crate) use presence::Presence;
pub(crate) use producer::Producer;
pub(crate) use reset::Partitions;
pub(crate) use seat::Seat;
pub(crate) use subscription::Subscription;
pub(crate) use topics::{Wanted, ensure};
#[cfg(feature = "embedded")]
pub(crate) use topics::{expire, forget, remove, remove_with_kept, widen};
pub(crate) use transaction::{Transactional, Trouble, too_large};
