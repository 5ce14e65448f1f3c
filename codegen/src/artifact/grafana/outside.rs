//! The panels of what stands around services. Brokers speak by the JMX exporter with the generated rules, machines by the
//! node exporter. Consumers are the services' own, which are no Java machines: they are asked themselves.

use super::panels::{Row, panel};

/// What brokers, those who read from them, and the machines below say.
pub(super) const OUTSIDE: &[Row] = &[Row {
    title: "Brokers (JMX exporter), their consumers, machines (node exporter)",
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
            "Written and read by all clients",
            "Bps",
            &[
                (
                    "sum by (instance) (rate(kafka_server_brokertopicmetrics_bytesin_total[1m]))",
                    "{{instance}} written",
                ),
                (
                    "sum by (instance) (rate(kafka_server_brokertopicmetrics_bytesout_total[1m]))",
                    "{{instance}} read",
                ),
            ],
        ),
        panel(
            "Read by services",
            "ops",
            &[(
                "sum by (context, topic) (rate(storm_partition_records_total{context=~\"$context\"}[1m]))",
                "{{context}} {{topic}}",
            )],
        ),
        panel(
            "Largest lag of a partition, records",
            "none",
            &[(
                "max by (context, group, topic) (storm_lag_records{context=~\"$context\"})",
                "{{context}} {{group}} {{topic}}",
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
