//! The panels of what stands outside of services: brokers and their machines, by other people's exporters.

use super::panels::{Row, panel};

/// What the brokers' JMX exporter and the machines' node exporter say.
pub(super) const OUTSIDE: &[Row] = &[Row {
    title: "Brokers (JMX exporter) and their machines (node exporter)",
    collapsed: true,
    panels: &[
        panel(
            "Requests and errors",
            "ops",
            &[
                ("sum by (request) (rate(kafka_network_requestmetrics_requests_total[1m]))", "{{request}}"),
                (
                    "sum by (request, error) (rate(kafka_network_requestmetrics_errors_total{error!=\"NONE\"}[1m]))",
                    "{{request}} {{error}}",
                ),
            ],
        ),
        panel(
            "Under-replicated and offline",
            "none",
            &[
                ("sum(kafka_server_replicamanager_underreplicatedpartitions)", "under-replicated"),
                ("sum(kafka_controller_kafkacontroller_offlinepartitionscount)", "offline"),
            ],
        ),
        panel(
            "Partitions",
            "none",
            &[("sum by (instance) (kafka_server_replicamanager_partitioncount)", "{{instance}}")],
        ),
        panel(
            "Log flush, 99 of 100",
            "ms",
            &[(
                "max by (instance) (kafka_log_logflushstats_logflushrateandtimems{quantile=\"0.99\"})",
                "{{instance}}",
            )],
        ),
        panel(
            "Read by consumers",
            "ops",
            &[(
                "sum by (client_id) (kafka_consumer_consumer_fetch_manager_metrics_records_consumed_rate)",
                "{{client_id}}",
            )],
        ),
        panel(
            "Largest lag of consumers, records",
            "none",
            &[(
                "max by (client_id) (kafka_consumer_consumer_fetch_manager_metrics_records_lag_max)",
                "{{client_id}}",
            )],
        ),
        panel(
            "Memory and swap",
            "bytes",
            &[
                ("node_memory_MemAvailable_bytes", "{{instance}} free"),
                ("node_memory_SwapTotal_bytes - node_memory_SwapFree_bytes", "{{instance}} swapped"),
            ],
        ),
    ],
}];
