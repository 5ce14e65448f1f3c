//! Kafka, through rdkafka: the only place that knows the crate. Defaults that cost or lose something are set here once.
//! It must not know: what a record means.

mod client;
mod close;
mod consumer;
mod headers;
mod latest;
mod member;
mod producer;
mod seat;
mod topics;
mod transaction;

pub(crate) use client::Kafka;
pub(crate) use consumer::{Consumer, Fetched, GroupMetadata, Polled};
pub(crate) use latest::latest;
#[cfg(feature = "embedded")]
pub(crate) use latest::whole;
pub(crate) use member::{Begin, Commit, Offsets, Turn, list};
pub(crate) use producer::Producer;
pub(crate) use seat::Seat;
#[cfg(feature = "embedded")]
pub(crate) use topics::remove;
pub(crate) use topics::{Wanted, ensure};
pub(crate) use transaction::{Transactional, Trouble, too_large};
