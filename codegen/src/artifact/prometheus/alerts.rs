//! The alerts of every service, a row each. A name is a heading of the operator's guide.

/// A series that is worked out once for all who ask.
pub(super) struct Record {
    pub(super) name: &'static str,
    pub(super) expr: &'static str,
}

/// Something that a person should look at.
pub(super) struct Alert {
    pub(super) name: &'static str,
    pub(super) expr: &'static str,
    /// How long it must hold.
    pub(super) lasts: &'static str,
    /// `critical`: now; `warning`: today.
    pub(super) severity: &'static str,
    pub(super) summary: &'static str,
}

const fn alert(
    name: &'static str,
    expr: &'static str,
    lasts: &'static str,
    severity: &'static str,
    summary: &'static str,
) -> Alert {
    Alert { name, expr, lasts, severity, summary }
}

const fn record(name: &'static str, expr: &'static str) -> Record {
    Record { name, expr }
}

/// A policy that tries for long may be behind for long: twice its own patience, and no less than two minutes.
pub(super) fn patience(retries_for: std::time::Duration) -> u64 {
    (2 * retries_for.as_secs()).max(120)
}

/// Worked out each interval, and used by the board.
pub(super) const RECORDS: &[Record] = &[
    record("storm:stage_records:rate1m", "sum by (context, stage) (rate(storm_stage_records_total[1m]))"),
    record("storm:stage_bytes:rate1m", "sum by (context, stage) (rate(storm_stage_bytes_total[1m]))"),
    record(
        "storm:stage_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (context, stage, le) (rate(storm_stage_seconds_bucket[5m])))",
    ),
    record(
        "storm:handling_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (context, name, le) (rate(storm_handling_seconds_bucket[5m])))",
    ),
    record("storm:lag_records:sum", "sum by (context, group, topic) (storm_lag_records)"),
    record("storm:lag_seconds:max", "max by (context, group, topic) (storm_lag_seconds)"),
];

/// What a service says of itself.
pub(super) const SERVICE: &[Alert] = &[
    alert(
        "StormDown",
        "up{job=\"services\"} == 0",
        "1m",
        "critical",
        "{{ $labels.instance }} does not answer",
    ),
    alert(
        "StormNotReady",
        "storm_ready == 0",
        "2m",
        "critical",
        "a loop of {{ $labels.context }} does not run",
    ),
    alert(
        "StormNoMember",
        "sum by (context, group) (storm_assigned_partitions) == 0",
        "2m",
        "critical",
        "nobody reads for {{ $labels.context }}.{{ $labels.group }}",
    ),
    alert(
        "StormCaptureBehind",
        "storm_capture_lag_seconds > 60",
        "5m",
        "warning",
        "the capture of {{ $labels.source }} is {{ $value | humanizeDuration }} behind its database",
    ),
    alert(
        "StormSourceSilent",
        "storm_source_silence_seconds > 120",
        "1m",
        "critical",
        "{{ $labels.context }} has heard nothing of {{ $labels.source }} for {{ $value | humanizeDuration }}",
    ),
    alert(
        "StormPublishBehind",
        "max by (context) (storm_lag_seconds{group=\"publish\"}) > 60",
        "2m",
        "critical",
        "{{ $labels.context }} publishes what is {{ $value | humanizeDuration }} old",
    ),
    alert(
        "StormDeadLetters",
        "sum by (context, name) (increase(storm_dead_letters_total[10m])) > 0",
        "0m",
        "warning",
        "{{ $labels.name }} of {{ $labels.context }} has given up on records",
    ),
    alert(
        "StormRecordsGone",
        "sum by (context, group, topic) (storm_gone_records) > 0",
        "0m",
        "critical",
        "records of {{ $labels.topic }} expired before {{ $labels.context }}.{{ $labels.group }} has read them",
    ),
    alert(
        "StormOpenTransaction",
        "max by (context, group, topic) (storm_open_transaction_seconds) > 30",
        "0m",
        "critical",
        "a transaction on {{ $labels.topic }} has been open for {{ $value | humanizeDuration }}: {{ $labels.context }}.{{ $labels.group }} waits behind it",
    ),
    alert(
        "StormRetrying",
        // While a breaker is open, StormExternalDown says it.
        "sum by (context, name) (rate(storm_retries_total[5m]) unless on (context) storm_external_breaker > 0) > 0.2",
        "10m",
        "warning",
        "{{ $labels.name }} of {{ $labels.context }} keeps trying again",
    ),
    alert(
        "StormErrors",
        "sum by (context, loop) (increase(storm_errors_total[10m])) > 5",
        "5m",
        "warning",
        "{{ $labels.loop }} of {{ $labels.context }} keeps failing and starting anew",
    ),
    alert(
        "StormDueTimesMissed",
        "sum by (context, name) (increase(storm_scheduled_total{outcome=\"missed\"}[1h])) > 0",
        "0m",
        "warning",
        "due times of {{ $labels.name }} of {{ $labels.context }} were passed by",
    ),
    alert(
        "StormLineStopped",
        "max by (context, name) (storm_line_stopped) > 0",
        "0m",
        "critical",
        "dead letters have stopped {{ $labels.name }} of {{ $labels.context }}: its records wait",
    ),
    alert(
        "StormParked",
        "sum by (context, name) (storm_parked_keys) > 0",
        "1m",
        "warning",
        "{{ $labels.name }} of {{ $labels.context }} has parked {{ $value }} keys: their later events wait",
    ),
    alert(
        "StormParkingFull",
        "max by (context, group) (storm_parking_full) > 0",
        "0m",
        "critical",
        "so much is parked that {{ $labels.context }}.{{ $labels.group }} does not read on",
    ),
    alert(
        "StormHandlerStuck",
        "max by (context, name) (storm_handler_running_seconds) > 300",
        "1m",
        "warning",
        "an attempt at {{ $labels.name }} of {{ $labels.context }} has been running for {{ $value | humanizeDuration }}",
    ),
    alert(
        "StormExternalDown",
        "max by (context, external) (storm_external_breaker) > 0",
        "1m",
        "critical",
        "{{ $labels.context }} cannot call {{ $labels.external }}: its commands wait",
    ),
    alert(
        "StormNoCapture",
        "sum by (context, source) (storm_capture_owner) == 0",
        "2m",
        "critical",
        "nobody captures {{ $labels.source }} for {{ $labels.context }}",
    ),
    alert(
        "StormPaused",
        "sum by (context, group) (storm_paused_partitions) > 0",
        "10m",
        "warning",
        "{{ $labels.context }} has more in work than it takes: partitions are paused",
    ),
    alert(
        "StormRebalancing",
        "sum by (context, group) (increase(storm_rebalances_total[10m])) > 20",
        "5m",
        "warning",
        "members of {{ $labels.context }}.{{ $labels.group }} keep coming and going",
    ),
    alert(
        "StormSkew",
        "max by (context, topic) (rate(storm_partition_records_total[10m])) / clamp_min(avg by (context, topic) (rate(storm_partition_records_total[10m])), 2.5) > 4",
        "30m",
        "warning",
        "one partition of {{ $labels.topic }} has {{ $value | humanize }} times the records of the others",
    ),
    alert(
        "StormNoBroker",
        "max by (context, client) (storm_kafka_connected_brokers) == 0",
        "1m",
        "critical",
        "{{ $labels.client }} of {{ $labels.context }} is connected to no broker",
    ),
    alert(
        "StormQueueFull",
        "max by (context, client) (storm_kafka_queued_bytes) > 5e+07",
        "1m",
        "warning",
        "{{ $labels.client }} of {{ $labels.context }} cannot send as fast as it should",
    ),
];

/// What the brokers and their machines say, by the names that the generated rules of the JMX exporter and the node exporter
/// give.
pub(super) const KAFKA: &[Alert] = &[
    alert(
        "KafkaExporterDown",
        "up{job=~\"kafka|node\"} == 0",
        "5m",
        "warning",
        "{{ $labels.instance }} shows no figures: its alerts cannot fire",
    ),
    alert(
        "KafkaUnderReplicated",
        "sum(kafka_server_replicamanager_underreplicatedpartitions) > 0",
        "5m",
        "warning",
        "partitions have fewer replicas in sync than they should",
    ),
    alert(
        "KafkaOfflinePartitions",
        "sum(kafka_controller_kafkacontroller_offlinepartitionscount) > 0",
        "1m",
        "critical",
        "partitions have no leader: nobody can write or read them",
    ),
    alert(
        "KafkaMemory",
        "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
        "5m",
        "warning",
        "{{ $labels.instance }} has hardly any memory left",
    ),
];
