//! What a person may choose when starting a broker.

use std::time::Duration;

/// How a broker starts. Everything has a default; the time-outs' defaults are Kafka's own.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Bytes that one topic may hold in memory. A record that would exceed it is refused with POLICY_VIOLATION
    /// and a message that says so. `retention.bytes` and compaction of the topic are applied first.
    pub topic_bytes: usize,
    /// Partitions of a topic created without a number of them.
    pub default_partitions: i32,
    /// Whether asking for the metadata of an unknown topic creates it, if the client allows that too.
    pub auto_create_topics: bool,
    /// The shortest session time-out that a group's member may ask for.
    pub min_session_timeout: Duration,
    /// How long an empty group waits for more members after the first.
    pub initial_rebalance_delay: Duration,
    /// The longest time-out that a transactional producer may ask for.
    pub max_transaction_timeout: Duration,
    /// How often retention by time and compaction run by themselves.
    pub clean_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            topic_bytes: 512 << 20,
            default_partitions: 1,
            auto_create_topics: false,
            min_session_timeout: Duration::from_secs(6),
            initial_rebalance_delay: Duration::ZERO,
            max_transaction_timeout: Duration::from_secs(15 * 60),
            clean_interval: Duration::from_secs(5 * 60),
        }
    }
}
