//! Is it well, and how much goes through.

use super::{Row, panel};

/// What goes wrong, and what it costs.
pub(super) const OVERVIEW: Row = Row {
    title: "Overview",
    collapsed: false,
    panels: &[
        panel("Ready", "none", &[("min by (context) (storm_ready{context=~\"$context\"})", "{{context}}")]),
        panel(
            "Dead letters",
            "none",
            &[(
                "sum by (context, name) (increase(storm_dead_letters_total{context=~\"$context\"}[5m]))",
                "{{context}} {{name}}",
            )],
        ),
        panel(
            "Failures by code",
            "ops",
            &[(
                "sum by (at, code) (rate(storm_failures_total{context=~\"$context\"}[5m]))",
                "{{at}} {{code}}",
            )],
        )
        .or("no failure"),
        panel("Memory", "bytes", &[("process_resident_memory_bytes{job=\"services\"}", "{{instance}}")]),
        panel(
            "CPU",
            "percentunit",
            &[("rate(process_cpu_seconds_total{job=\"services\"}[1m])", "{{instance}}")],
        ),
        panel(
            "Spans of traces",
            "ops",
            &[(
                "sum by (context, outcome) (rate(storm_spans_total{context=~\"$context\"}[5m]))",
                "{{context}} {{outcome}}",
            )],
        ),
        panel(
            "Errors of loops",
            "ops",
            &[(
                "sum by (context, loop) (rate(storm_errors_total{context=~\"$context\"}[5m]))",
                "{{context}} {{loop}}",
            )],
        ),
    ],
};

/// How much goes through each stage, and how long it takes.
pub(super) const STAGES: Row = Row {
    title: "The five stages",
    collapsed: false,
    panels: &[
        panel(
            "Records",
            "ops",
            &[("sum by (stage) (rate(storm_stage_records_total{context=~\"$context\"}[1m]))", "{{stage}}")],
        ),
        panel(
            "Bytes",
            "Bps",
            &[("sum by (stage) (rate(storm_stage_bytes_total{context=~\"$context\"}[1m]))", "{{stage}}")],
        ),
        panel(
            "Time, half and 99 of 100",
            "s",
            &[
                (
                    "histogram_quantile(0.5, sum by (le, stage) (rate(storm_stage_seconds_bucket{context=~\"$context\"}[1m])))",
                    "{{stage}} half",
                ),
                (
                    "histogram_quantile(0.99, sum by (le, stage) (rate(storm_stage_seconds_bucket{context=~\"$context\"}[1m])))",
                    "{{stage}} 99",
                ),
            ],
        ),
    ],
};
