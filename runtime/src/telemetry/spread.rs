//! How records spread over partitions, as a reader sees it. A handle a partition, resolved when the first record comes.
//! It must not know: keys.

use std::collections::HashMap;
use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;

use super::metrics::Metrics;
use super::table::Count;

/// Counts the records that one loop reads.
pub(crate) struct Spread {
    metrics: Metrics,
    counters: HashMap<(Arc<str>, i32), Counter>,
}

impl Spread {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self { metrics: metrics.clone(), counters: HashMap::new() }
    }

    /// Records were read.
    pub(crate) fn read(&mut self, topic: &Arc<str>, partition: i32, records: u64) {
        let metrics = &self.metrics;
        let counter = self.counters.entry((topic.clone(), partition));
        let new = || metrics.counter(Count::PartitionRecords, &[topic, &partition.to_string()]);
        counter.or_insert_with(new).inc_by(records);
    }
}
