//! An in-process Kafka broker for trying, developing and tests.
//!
//! It speaks Kafka's wire protocol on 127.0.0.1, so that an unmodified client (librdkafka is the one it is held to)
//! works against it as against a cluster, with nothing installed and nothing on disk:
//!
//! ```
//! use storm_broker::{Broker, Options};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let broker = Broker::start(Options::default()).await?;
//! println!("bootstrap.servers={}", broker.bootstrap());
//! assert!(broker.topics().is_empty());
//! broker.shutdown().await;
//! # Ok::<(), storm_broker::StartError>(())
//! # }).unwrap();
//! ```
//!
//! # What it keeps of Kafka
//!
//! - **Transactions**: read_committed readers stop before the first open transaction and never see aborted records; a
//!   new producer with the same `transactional.id` fences the old one; offsets inside a transaction become visible with
//!   its commit, and are refused from a member of an old generation; a transaction left open is aborted by the broker.
//! - **Idempotence**: a batch sent again is recognised, a gap is refused.
//! - **Groups**: the classic protocol with eager and cooperative assignors, static members, session time-outs, committed
//!   offsets, `require_stable`.
//! - **Records**: headers, null keys and values, all codecs (batches are stored as they were sent), checksums verified,
//!   times looked up, `message.timestamp.type`, `max.message.bytes`, retention, compaction, DeleteRecords.
//! - **Administration**: topics, partitions, configurations, groups. Topics are not created by asking for them unless
//!   [`Options::auto_create_topics`] says so.
//!
//! # What it is not
//!
//! It is one node that forgets everything when it stops. There is no replication, no disk, no TLS, no SASL, no access
//! control, no quotas, no fetch sessions, no consumer protocol of KIP-848 and no second part of KIP-890; a request it
//! does not know closes the connection, as Kafka does. Never use it for data that matters.
//!
//! # Limits
//!
//! - A topic holds [`Options::topic_bytes`] in memory. Beyond it, records are refused with `POLICY_VIOLATION` and a
//!   sentence that names the way out; a topic with `retention.bytes` drops its oldest batches instead.
//! - Retention and compaction work on batches rather than segments, run every [`Options::clean_interval`] or on
//!   [`Broker::clean`], and never touch a partition's last batch or an open transaction. `retention.bytes` is applied
//!   at each append.
//! - A request is at most 100 MiB, and one that counts more entries than it has bytes is refused. All connections share
//!   one thread.

mod api;
mod broker;
mod cluster;
mod connection;
mod counted;
pub mod fuzzed;
mod group;
mod log;
mod options;
mod shared;
mod topic;
mod topic_config;
mod transaction;

pub use broker::{Broker, PartitionStatus, StartError, TopicStatus};
pub use options::Options;
