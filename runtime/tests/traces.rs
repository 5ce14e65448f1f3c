//! Traces of a running service, as a collector reads them: one order is one trace, whose spans form a tree across processes,
//! Kafka and the handlers' transactions. On the Kafka that STORM_KAFKA names, or on the embedded broker.

mod mini;
#[path = "mini/topics.rs"]
mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use mini::handlers::Handlers;
use mini::messages::raw_order;
use mini::service::{billing, orders};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use storm_runtime::testing::{Heard, Rig, Script};
use topics::TOPICS;

/// The way of one order, from its row to what follows last.
const WAY: [&str; 11] = [
    "commit shop",
    "capture OrdersChange",
    "publish OrderPlaced",
    "policy ChargeOnPlacement",
    "command Charge",
    "record Charged",
    "publish Charged",
    "policy NoteOnCharge",
    "command NoteOrder",
    "record OrderNoted",
    "publish OrderNoted",
];

/// What a collector was told: each span with its service.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

impl Collector {
    /// Listens on a free port, and asks for a token.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let this = self.clone();
        let take = move |headers: HeaderMap, body: Bytes| async move {
            if headers.get("authorization").is_none_or(|token| token != "Bearer secret") {
                return StatusCode::UNAUTHORIZED;
            }
            assert_eq!(headers["content-type"], "application/x-protobuf");
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let mut spans = this.0.lock().unwrap_or_else(PoisonError::into_inner);
            for of in request.resource_spans {
                let service = format!("{:?}", of.resource.unwrap().attributes[0].value);
                let all = of.scope_spans.into_iter().flat_map(|scope| scope.spans);
                spans.extend(all.map(|span| (service.clone(), span)));
            }
            StatusCode::OK
        };
        let routes = Router::new().route("/v1/traces", post(take));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    fn spans(&self) -> Vec<(String, Span)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn until(&self, name: &str) -> Vec<(String, Span)> {
        let start = Instant::now();
        loop {
            let spans = self.spans();
            if spans.iter().any(|(_, span)| span.name == name) {
                return spans;
            }
            let names: Vec<_> = spans.iter().map(|(_, span)| &span.name).collect();
            assert!(start.elapsed() < Duration::from_secs(60), "`{name}` never came: {names:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_is_one_trace_and_a_collector_that_is_down_costs_spans_alone() {
    let rig = Rig::in_turn(&TOPICS).await;
    let collector = Collector::default();
    let endpoint = collector.start().await;
    let tracing = format!("[otlp]\nendpoint = '{endpoint}'\nheaders.authorization = 'Bearer secret'\n");
    let script = Script::default();
    let one = rig.replica(billing(Handlers::default()), &Script::default(), "0", &tracing).await.unwrap();
    let other = rig.replica(orders(Handlers::default()), &script, "0", &tracing).await.unwrap();
    script.insert(&[("o-1", raw_order(None, ("o-1", "placed", "20.00")))]);

    collector.until(WAY[10]).await;
    // What ended earlier may come later: another process has sent it.
    for name in WAY {
        collector.until(name).await;
    }
    let spans = collector.spans();
    assert!(spans.iter().any(|(service, _)| service.contains("billing-service")), "{spans:?}");
    let spans: Vec<Span> = spans.into_iter().map(|(_, span)| span).collect();
    let traces: BTreeSet<&[u8]> = spans.iter().map(|span| &*span.trace_id).collect();
    assert_eq!(traces.len(), 1, "one order, one trace: {spans:#?}");
    let by_id: BTreeMap<&[u8], &Span> = spans.iter().map(|span| (&*span.span_id, span)).collect();
    assert_eq!(by_id.len(), spans.len(), "each span has an id of its own");
    let roots: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id.is_empty()).collect();
    assert!(roots.len() == 1 && roots[0].name == WAY[0], "{roots:#?}");
    let mut at = spans.iter().find(|span| span.name == WAY[10]).unwrap();
    let mut way = vec![at.name.as_str()];
    while !at.parent_span_id.is_empty() {
        let above = by_id.get(&*at.parent_span_id).unwrap_or_else(|| panic!("no parent of {at:#?}"));
        assert!(above.start_time_unix_nano <= at.end_time_unix_nano, "{above:#?} {at:#?}");
        at = above;
        way.insert(0, &at.name);
    }
    assert_eq!(way, WAY);
    assert_eq!(spans.len(), WAY.len(), "{spans:#?}");
    assert!(!format!("{spans:?}").contains("o-1\""), "a span holds no row's value");
    other.stop().await.unwrap();

    // The collector is gone, or does not let us in: the service goes on, and says what it dropped.
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    for (tracing, order) in [(format!("http://{closed}"), "o-2"), (endpoint, "o-3")] {
        let heard = Heard::from_here();
        let address = tracing.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let tracing = format!("[otlp]\nendpoint = '{tracing}'\n");
        let running = rig.replica(orders(Handlers::default()), &script, "0", &tracing).await.unwrap();
        let before = rig.read("orders_events").await.len();
        script.insert(&[(order, raw_order(None, (order, "placed", "20.00")))]);
        rig.until("orders_events", before + 2).await;
        let start = Instant::now();
        let dropped = "storm_spans_total{context=\"orders\",outcome=\"dropped\"} ";
        while running.metrics().lines().any(|line| line.strip_prefix(dropped) == Some("0")) {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was dropped:\n{}", running.metrics());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let said = &heard.until("T-001").await[0];
        assert!(said.contains(&address), "the collector is named: {said}");
        running.stop().await.unwrap();
    }
    one.stop().await.unwrap();
    rig.end().await;
}
