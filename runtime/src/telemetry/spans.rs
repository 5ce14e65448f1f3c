//! Traces: what became of a record at each hop, as spans whose ids follow from the records' own lineage, so that spans of
//! different processes meet in one tree. Off unless an endpoint is configured, and then never in the way: a span that
//! finds the queue full is counted and dropped.
//! It must not know: what a hop does.

mod export;
mod otlp;

pub(crate) use export::place;

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use tokio::sync::mpsc;

use super::metrics::Metrics;
use super::table::Count;
use crate::config::OtlpSection;
use crate::flow::Stop;
use crate::lineage::Lineage;

/// As many spans may wait to be sent.
const QUEUE: usize = 8_192;

/// Where spans go; nowhere when tracing is off.
#[derive(Clone)]
pub(crate) struct Spans(Option<Arc<Inner>>);

struct Inner {
    queue: mpsc::Sender<Span>,
    /// Traces whose id, taken as a share of all ids, lies below.
    sample: f64,
    dropped: Counter,
}

/// What a span stands for, by OTLP's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Something that happens within a process.
    Internal = 1,
    /// A record is written.
    Producer = 4,
    /// A record is worked on.
    Consumer = 5,
}

/// One hop of one record. Times are nanoseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    trace: [u8; 16],
    id: [u8; 8],
    parent: Vec<u8>,
    name: String,
    role: Role,
    start: u64,
    end: u64,
    attributes: Vec<(&'static str, String)>,
    /// The code of a failure.
    failed: Option<String>,
}

impl Spans {
    /// No tracing.
    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Sends spans of `context` to the configured collector, from a task of the present runtime; off without an endpoint.
    pub(crate) fn start(section: &OtlpSection, context: &str, metrics: &Metrics, stop: &Stop) -> Self {
        let [sent, dropped] = ["sent", "dropped"].map(|outcome| metrics.counter(Count::Spans, &[outcome]));
        if section.endpoint.is_empty() {
            return Self::off();
        }
        let (queue, waiting) = mpsc::channel(QUEUE);
        let export = export::Export::new(section, context, sent, dropped.clone());
        tokio::spawn(export.run(waiting, stop.clone()));
        Self(Some(Arc::new(Inner { queue, sample: section.sample, dropped })))
    }

    /// Whether a span may be worth making.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A span for the place in a trace that `own` names, below the one that `parent` names, begun now. Nothing when
    /// tracing is off, the trace is not sampled, or `own` is no trace context.
    pub(crate) fn begin(
        &self,
        own: &Lineage,
        parent: Option<&Lineage>,
        name: &str,
        role: Role,
    ) -> Option<Span> {
        let inner = self.0.as_ref()?;
        let (trace, id) = ids(&own.traceparent)?;
        if share(trace) >= inner.sample {
            return None;
        }
        // A parent of another trace is none: the trace was broken before.
        let parent = parent.and_then(|parent| ids(&parent.traceparent));
        let parent = parent.filter(|(same, above)| *same == trace && *above != id);
        let now = now();
        Some(Span {
            trace,
            id,
            parent: parent.map(|(_, id)| id.to_vec()).unwrap_or_default(),
            name: name.to_owned(),
            role,
            start: now,
            end: now,
            attributes: Vec::new(),
            failed: None,
        })
    }

    /// Ends spans now, and queues them.
    pub(crate) fn end(&self, spans: impl IntoIterator<Item = Span>) {
        let Some(inner) = &self.0 else { return };
        let end = now();
        for span in spans {
            if inner.queue.try_send(Span { end: end.max(span.start), ..span }).is_err() {
                inner.dropped.inc();
            }
        }
    }
}

impl Span {
    /// It began earlier, microseconds since the epoch.
    pub(crate) fn since(mut self, micros: i64) -> Self {
        self.start = self.start.min(u64::try_from(micros).unwrap_or(0).saturating_mul(1_000));
        self
    }

    /// An id or a name; never a row's value.
    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.attributes.push((key, value.to_owned()));
        self
    }

    /// It came to nothing.
    pub(crate) fn failed(mut self, code: &str) -> Self {
        self.failed = Some(code.to_owned());
        self
    }
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

/// The trace's and the span's id of a W3C trace context.
fn ids(traceparent: &str) -> Option<([u8; 16], [u8; 8])> {
    let mut parts = traceparent.split('-');
    let (_, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let trace = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0 && trace.len() == 32)?;
    let span = u64::from_str_radix(span, 16).ok().filter(|id| *id != 0 && span.len() == 16)?;
    Some((trace.to_be_bytes(), span.to_be_bytes()))
}

/// Where a trace's id lies among all ids, from 0 to 1: every process decides alike.
fn share(trace: [u8; 16]) -> f64 {
    let [.., a, b, c, d, e, f, g] = trace;
    (u64::from_be_bytes([0, a, b, c, d, e, f, g]) as f64) / 2f64.powi(56)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Meters;

    fn spans(sample: f64, queue: usize) -> (Spans, mpsc::Receiver<Span>, Counter) {
        let (queue, waiting) = mpsc::channel(queue);
        let dropped = Meters::new().of("orders").counter(Count::Spans, &["dropped"]);
        (Spans(Some(Arc::new(Inner { queue, sample, dropped: dropped.clone() }))), waiting, dropped)
    }

    #[test]
    fn a_span_has_the_ids_of_its_lineage() {
        let (spans, mut waiting, _) = spans(1.0, 4);
        let root = Lineage::beginning("shop.1/0-1-1");
        let event = root.following("", "an-event", 0);
        let span = spans.begin(&event, Some(&root), "OrderPlaced", Role::Producer).unwrap();
        spans.end([span]);
        let span = waiting.try_recv().unwrap();
        let (trace, id) = ids(&event.traceparent).unwrap();
        assert_eq!((span.trace, span.id), (trace, id));
        assert_eq!(span.parent, ids(&root.traceparent).unwrap().1);
        let foreign = Lineage::beginning("elsewhere");
        let alone = spans.begin(&event, Some(&foreign), "OrderPlaced", Role::Producer).unwrap();
        assert!(alone.parent.is_empty(), "a parent of another trace is none");
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let (spans, _waiting, dropped) = spans(1.0, 2);
        let of = |n: u32| spans.begin(&Lineage::beginning(&n.to_string()), None, "x", Role::Internal);
        spans.end((0..5).filter_map(of));
        assert_eq!(dropped.get(), 3);
    }

    #[test]
    fn a_trace_is_sampled_whole_or_not_at_all() {
        let (spans, _waiting, _) = spans(0.25, 1);
        let sampled = |n: u32| {
            let root = Lineage::beginning(&format!("transaction {n}"));
            let next = root.following("", "next", 0);
            let both =
                [&root, &next].map(|lineage| spans.begin(lineage, None, "x", Role::Internal).is_some());
            assert_eq!(both[0], both[1]);
            both[0]
        };
        let share = (0..2_000).filter(|n| sampled(*n)).count();
        assert!((350..650).contains(&share), "a quarter of 2,000: {share}");
        assert!(Spans::off().begin(&Lineage::beginning("x"), None, "x", Role::Internal).is_none());
    }
}
