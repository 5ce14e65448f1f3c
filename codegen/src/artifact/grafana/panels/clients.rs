//! What services call: external systems and brokers.

use super::{Row, panel};

/// The calls of external systems.
pub(super) const EXTERNAL: Row = Row {
    title: "External systems",
    collapsed: true,
    panels: &[
        panel(
            "Calls by outcome",
            "ops",
            &[(
                "sum by (external, outcome) (rate(storm_external_calls_total{context=~\"$context\"}[1m]))",
                "{{external}} {{outcome}}",
            )],
        ),
        panel(
            "Breaker: 0 closed, 1 trying, 2 open",
            "none",
            &[(
                "max by (context, external) (storm_external_breaker{context=~\"$context\"})",
                "{{context}} {{external}}",
            )],
        ),
        panel(
            "Call and wait for a turn, 99 of 100",
            "s",
            &[
                (
                    "histogram_quantile(0.99, sum by (le, external) (rate(storm_external_call_seconds_bucket{context=~\"$context\"}[5m])))",
                    "{{external}} call",
                ),
                (
                    "histogram_quantile(0.99, sum by (le, external) (rate(storm_external_wait_seconds_bucket{context=~\"$context\"}[5m])))",
                    "{{external}} wait",
                ),
            ],
        ),
    ],
};

/// What Kafka's clients say of themselves.
pub(super) const KAFKA: Row = Row {
    title: "Kafka clients",
    collapsed: true,
    panels: &[
        panel(
            "Requests, errors, time-outs, repeats",
            "ops",
            &[
                (
                    "sum by (client) (rate(storm_kafka_requests_total{context=~\"$context\"}[1m]))",
                    "{{client}}",
                ),
                (
                    "sum by (client) (rate(storm_kafka_request_errors_total{context=~\"$context\"}[1m]))",
                    "{{client}} errors",
                ),
                (
                    "sum by (client) (rate(storm_kafka_request_timeouts_total{context=~\"$context\"}[1m]))",
                    "{{client}} time-outs",
                ),
                (
                    "sum by (client) (rate(storm_kafka_request_retries_total{context=~\"$context\"}[1m]))",
                    "{{client}} repeats",
                ),
            ],
        ),
        panel(
            "Time to a broker's answer",
            "s",
            &[(
                "max by (client, quantile) (storm_kafka_round_trip_seconds{context=~\"$context\"})",
                "{{client}} {{quantile}}",
            )],
        ),
        panel(
            "Queued in producers, records",
            "none",
            &[("sum by (client) (storm_kafka_queued_records{context=~\"$context\"})", "{{client}}")],
        ),
        panel(
            "Queued in producers, bytes",
            "bytes",
            &[("sum by (client) (storm_kafka_queued_bytes{context=~\"$context\"})", "{{client}}")],
        ),
        panel(
            "Brokers connected",
            "none",
            &[("min by (client) (storm_kafka_connected_brokers{context=~\"$context\"})", "{{client}}")],
        ),
    ],
};
