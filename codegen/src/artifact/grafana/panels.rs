//! The panels, a table: title, unit, queries with their legends. `$context` is the board's variable; in a policy's row
//! CONTEXT and NAME are its own.

/// Panels under one heading.
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) panels: &'static [Panel],
}

/// Some lines over time.
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// Grafana's name of it.
    pub(super) unit: &'static str,
    pub(super) queries: &'static [(&'static str, &'static str)],
}

pub(super) const fn panel(
    title: &'static str,
    unit: &'static str,
    queries: &'static [(&'static str, &'static str)],
) -> Panel {
    Panel { title, unit, queries }
}

/// What all services have in common.
pub(super) const COMMON: &[Row] = &[
    Row {
        title: "Overview",
        panels: &[
            panel(
                "Ready",
                "none",
                &[("min by (context) (storm_ready{context=~\"$context\"})", "{{context}}")],
            ),
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
                    "sum by (at, code) (rate(storm_failures_total{context=~\"$context\"}[5m])) or vector(0)",
                    "{{at}} {{code}}",
                )],
            ),
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
    },
    Row {
        title: "The five stages",
        panels: &[
            panel(
                "Records",
                "ops",
                &[(
                    "sum by (stage) (rate(storm_stage_records_total{context=~\"$context\"}[1m]))",
                    "{{stage}}",
                )],
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
    },
    Row {
        title: "Lag",
        panels: &[
            panel(
                "By policy and command, seconds",
                "s",
                &[(
                    "max by (context, name) (storm_policy_lag_seconds{context=~\"$context\"})",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "By policy and command, records",
                "none",
                &[(
                    "sum by (context, name) (storm_policy_lag_records{context=~\"$context\"})",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "By topic, records",
                "none",
                &[(
                    "sum by (group, topic) (storm_lag_records{context=~\"$context\"})",
                    "{{group}} {{topic}}",
                )],
            ),
            panel(
                "Capture behind its source",
                "s",
                &[
                    (
                        "max by (context, source) (storm_capture_lag_seconds{context=~\"$context\"})",
                        "{{context}} {{source}}",
                    ),
                    (
                        "max by (context, source) (storm_source_silence_seconds{context=~\"$context\"})",
                        "{{context}} {{source}} silent",
                    ),
                ],
            ),
            panel(
                "Publishing behind the raw topic",
                "s",
                &[(
                    "max by (context) (storm_lag_seconds{context=~\"$context\",group=\"publish\"})",
                    "{{context}}",
                )],
            ),
            panel(
                "Owners of captures",
                "none",
                &[(
                    "sum by (context, source) (storm_capture_owner{context=~\"$context\"}) or vector(0)",
                    "{{context}} {{source}}",
                )],
            ),
            panel(
                "Behind open transactions",
                "none",
                &[
                    (
                        "sum by (group, topic) (storm_open_transaction_records{context=~\"$context\"})",
                        "{{group}} {{topic}}",
                    ),
                    (
                        "max by (group, topic) (storm_open_transaction_seconds{context=~\"$context\"})",
                        "{{group}} {{topic}} seconds",
                    ),
                ],
            ),
            panel(
                "Expired unread",
                "none",
                &[(
                    "sum by (group, topic) (storm_gone_records{context=~\"$context\"})",
                    "{{group}} {{topic}}",
                )],
            ),
        ],
    },
    Row {
        title: "Policies and commands",
        panels: &[
            panel(
                "Handling, 99 of 100",
                "s",
                &[(
                    "histogram_quantile(0.99, sum by (le, context, name) (rate(storm_handling_seconds_bucket{context=~\"$context\"}[5m])))",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "Waiting, 99 of 100",
                "s",
                &[(
                    "histogram_quantile(0.99, sum by (le, context, name) (rate(storm_queueing_seconds_bucket{context=~\"$context\"}[5m])))",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "Age when retrieved, 99 of 100",
                "s",
                &[(
                    "histogram_quantile(0.99, sum by (le, context, name) (rate(storm_retrieval_age_seconds_bucket{context=~\"$context\"}[5m])))",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "Commands by outcome",
                "ops",
                &[(
                    "sum by (name, outcome) (rate(storm_commands_total{context=~\"$context\"}[1m]))",
                    "{{name}} {{outcome}}",
                )],
            ),
            panel(
                "Asked for at the door, by answer",
                "ops",
                &[(
                    "sum by (name, status) (rate(storm_asked_total{context=~\"$context\"}[1m])) or vector(0)",
                    "{{name}} {{status}}",
                )],
            ),
            panel(
                "Tried again",
                "ops",
                &[(
                    "sum by (context, name) (rate(storm_retries_total{context=~\"$context\"}[1m]))",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "Due times of scheduled commands, in an hour",
                "none",
                &[(
                    "sum by (context, name, outcome) (increase(storm_scheduled_total{context=~\"$context\"}[1h])) or vector(0)",
                    "{{name}} {{outcome}}",
                )],
            ),
            panel(
                "Settings of policies that differ from the model",
                "none",
                &[(
                    "max by (name, key, value) (storm_policy_setting{context=~\"$context\"}) > 0 or vector(0)",
                    "{{name}} {{key}} {{value}}",
                )],
            ),
            panel(
                "Parked keys, and records that wait for them",
                "none",
                &[
                    (
                        "sum by (context, name) (storm_parked_keys{context=~\"$context\"})",
                        "{{context}} {{name}} keys",
                    ),
                    (
                        "sum by (context, name) (storm_parked_records{context=~\"$context\"})",
                        "{{context}} {{name}} records",
                    ),
                    (
                        "max by (context, group) (storm_parking_full{context=~\"$context\"})",
                        "{{context}} {{group}} full",
                    ),
                ],
            ),
            panel(
                "How long the oldest key has been parked",
                "s",
                &[(
                    "max by (context, name) (storm_parked_seconds{context=~\"$context\"})",
                    "{{context}} {{name}}",
                )],
            ),
            panel(
                "Stopped lines, and the longest attempts",
                "s",
                &[
                    (
                        "max by (context, name) (storm_line_stopped{context=~\"$context\"}) or vector(0)",
                        "{{name}} stopped",
                    ),
                    (
                        "max by (context, name) (storm_handler_running_seconds{context=~\"$context\"}) or vector(0)",
                        "{{name}} running",
                    ),
                ],
            ),
            panel(
                "In hand, and passed over",
                "none",
                &[
                    (
                        "sum by (context, name) (storm_in_flight_records{context=~\"$context\"})",
                        "{{context}} {{name}}",
                    ),
                    (
                        "sum by (name, reason) (rate(storm_passed_over_total{context=~\"$context\"}[1m]))",
                        "{{name}} {{reason}} /s",
                    ),
                ],
            ),
        ],
    },
    Row {
        title: "Groups and partitions",
        panels: &[
            panel(
                "Rebalances, in 5 minutes",
                "none",
                &[(
                    "sum by (context, group, turn) (increase(storm_rebalances_total{context=~\"$context\"}[5m]))",
                    "{{context}} {{group}} {{turn}}",
                )],
            ),
            panel(
                "Time that rebalances took, and kept the loop",
                "s",
                &[
                    (
                        "sum by (context, group) (rate(storm_rebalance_seconds_sum{context=~\"$context\"}[5m]))",
                        "{{context}} {{group}}",
                    ),
                    (
                        "sum by (context, group) (rate(storm_rebalance_pause_seconds_sum{context=~\"$context\"}[5m]))",
                        "{{context}} {{group}} kept",
                    ),
                ],
            ),
            panel(
                "Partitions: assigned, paused, moved",
                "none",
                &[
                    (
                        "sum by (context, group) (storm_assigned_partitions{context=~\"$context\"})",
                        "{{context}} {{group}}",
                    ),
                    (
                        "sum by (context, group) (storm_paused_partitions{context=~\"$context\"})",
                        "{{context}} {{group}} paused",
                    ),
                    (
                        "sum by (context, group) (increase(storm_rebalanced_partitions_total{context=~\"$context\"}[5m]))",
                        "{{context}} {{group}} moved",
                    ),
                ],
            ),
            panel(
                "Share of the hottest key",
                "percentunit",
                &[(
                    "max by (group, topic, partition) (storm_hot_key_share{context=~\"$context\"}) or vector(0)",
                    "{{group}} {{topic}} {{partition}}",
                )],
            ),
            panel(
                "Records by partition",
                "ops",
                &[(
                    "sum by (topic, partition) (rate(storm_partition_records_total{context=~\"$context\"}[5m]))",
                    "{{topic}} {{partition}}",
                )],
            ),
        ],
    },
    Row {
        title: "External systems",
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
    },
    Row {
        title: "Kafka clients",
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
                "Queued and connected",
                "none",
                &[
                    (
                        "sum by (client) (storm_kafka_queued_records{context=~\"$context\"})",
                        "{{client}} records",
                    ),
                    ("sum by (client) (storm_kafka_queued_bytes{context=~\"$context\"})", "{{client}} bytes"),
                    (
                        "min by (client) (storm_kafka_connected_brokers{context=~\"$context\"})",
                        "{{client}} brokers",
                    ),
                ],
            ),
        ],
    },
];

/// One policy.
pub(super) const POLICY: &[Panel] = &[
    panel("Lag", "s", &[("max(storm_policy_lag_seconds{context=\"CONTEXT\",name=\"NAME\"})", "seconds")]),
    panel(
        "Records, tried again, dead",
        "ops",
        &[
            ("sum(rate(storm_handling_seconds_count{context=\"CONTEXT\",name=\"NAME\"}[1m]))", "done"),
            ("sum(rate(storm_retries_total{context=\"CONTEXT\",name=\"NAME\"}[1m]))", "tried again"),
            ("sum(rate(storm_dead_letters_total{context=\"CONTEXT\",name=\"NAME\"}[1m]))", "dead"),
        ],
    ),
    panel(
        "Handling, half and 99 of 100",
        "s",
        &[
            (
                "histogram_quantile(0.5, sum by (le) (rate(storm_handling_seconds_bucket{context=\"CONTEXT\",name=\"NAME\"}[5m])))",
                "half",
            ),
            (
                "histogram_quantile(0.99, sum by (le) (rate(storm_handling_seconds_bucket{context=\"CONTEXT\",name=\"NAME\"}[5m])))",
                "99",
            ),
        ],
    ),
];
