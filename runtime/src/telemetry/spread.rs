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
    /// The partition of the records before, and its counter: fetches come a partition at a time.
    last: Option<(Arc<str>, i32, Counter)>,
}

impl Spread {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self { metrics: metrics.clone(), counters: HashMap::new(), last: None }
    }

    /// Records were read.
    pub(crate) fn read(&mut self, topic: &Arc<str>, partition: i32, records: u64) {
        let same = |(last, of, _): &&(Arc<str>, i32, Counter)| *of == partition && Arc::ptr_eq(last, topic);
        if let Some((_, _, counter)) = self.last.as_ref().filter(same) {
            counter.inc_by(records);
            return;
        }
        let metrics = &self.metrics;
        let new = || metrics.counter(Count::PartitionRecords, &[topic, &partition.to_string()]);
        let counter = self.counters.entry((topic.clone(), partition)).or_insert_with(new);
        counter.inc_by(records);
        self.last = Some((topic.clone(), partition, counter.clone()));
    }
}
