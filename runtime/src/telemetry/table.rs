//! Every metric of a context, a line each: `Variant "name" [labels] "meaning"`. A new metric is a line here and the place
//! that counts it; `docs/metrics.md` is written from this table, and a test holds it to what a service exposes.
//! Labels hold what the model and the code know: names, stages, codes, topics, partitions. Never a row's value.
//! It must not know: who counts.

use super::process::PROCESS;

/// What is known of a metric before anything is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    /// As Prometheus shows it: with its unit, and `_total` for a counter.
    pub(crate) name: &'static str,
    /// After `context`, which all of them have.
    pub(crate) labels: &'static [&'static str],
    /// Its meaning, in one line.
    pub(crate) help: &'static str,
}

/// A metric as people read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// As Prometheus shows it.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Its labels, `context` among them where it has one.
    pub labels: Vec<&'static str>,
    /// Its meaning, in one line.
    pub help: &'static str,
}

/// Every metric of a process, by name.
pub fn described() -> Vec<Described> {
    let of_context = |kind, spec: &Spec| {
        let labels = std::iter::once("context").chain(spec.labels.iter().copied()).collect();
        Described { name: spec.name, kind, labels, help: spec.help }
    };
    let counts = Count::ALL.iter().map(|(_, spec)| of_context("counter", spec));
    let levels = Level::ALL.iter().map(|(_, spec)| of_context("gauge", spec));
    let times = Times::ALL.iter().map(|(_, spec)| of_context("histogram", spec));
    let process = PROCESS.iter().map(|(name, counts, help)| {
        let kind = if *counts { "counter" } else { "gauge" };
        Described { name, kind, labels: Vec::new(), help }
    });
    let mut all: Vec<Described> = counts.chain(levels).chain(times).chain(process).collect();
    all.sort_by_key(|metric| metric.name);
    all
}

macro_rules! table {
    ($(#[$doc:meta])* $kind:ident { $($variant:ident $name:literal [$($label:literal),*] $help:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $kind { $(#[doc = $help] $variant),* }

        impl $kind {
            /// All of them, in the order of their places.
            pub(crate) const ALL: &[(Self, Spec)] =
                &[$((Self::$variant, Spec { name: $name, labels: &[$($label),*], help: $help })),*];

            pub(crate) fn spec(self) -> &'static Spec {
                &Self::ALL[self as usize].1
            }
        }
    };
}

table! {
    /// Whatever only grows.
    Count {
        StageRecords "storm_stage_records_total" ["stage"] "records that went through a stage"
        StageBytes "storm_stage_bytes_total" ["stage"] "bytes that went through a stage: keys, headers and bodies"
        Errors "storm_errors_total" ["loop"] "errors of a loop that went on; most pass by themselves"
        Retries "storm_retries_total" ["name"] "attempts after the first one, by policy or command"
        Failures "storm_failures_total" ["at", "code"] "every failure by its code, at a loop, policy, command or webhook; a series begins with its first failure"
        DeadLetters "storm_dead_letters_total" ["name"] "records given up on, by policy, command or loop"
        PassedOver "storm_passed_over_total" ["name", "reason"] "records that nobody here asks for, by policy or loop"
        PartitionRecords "storm_partition_records_total" ["topic", "partition"] "records read, by partition: keys that are hot show as skew"
        Rebalances "storm_rebalances_total" ["group", "turn"] "turns of a group's rebalances: partitions were `gained`, or `lost`"
        RebalancedPartitions "storm_rebalanced_partitions_total" ["group", "turn"] "partitions that came or went with them"
        ClientRequests "storm_kafka_requests_total" ["client"] "requests to brokers"
        ClientErrors "storm_kafka_request_errors_total" ["client"] "requests to brokers, or answers, that failed"
        ClientTimeouts "storm_kafka_request_timeouts_total" ["client"] "requests to brokers that were not answered in time"
        ClientRetries "storm_kafka_request_retries_total" ["client"] "requests to brokers that were sent again"
        Spans "storm_spans_total" ["outcome"] "spans of traces: `sent` to the collector, or `dropped` because it does not take them fast enough"
        Commands "storm_commands_total" ["name", "outcome"] "commands that came to an end: `done`, `already_done`, `failed`"
        ExternalCalls "storm_external_calls_total" ["external", "outcome"] "calls of an external system: `answered`, `failed` by its own word, `unavailable`, `timeout`, `refused` by the breaker, `crowded` out by the rate"
        Scheduled "storm_scheduled_total" ["name", "outcome"] "due times of a scheduled command: issued `on_time`, `caught_up` later, or `missed` and passed by"
        PrunedRows "storm_pruned_rows_total" ["table"] "rows of `storm_inbox` and `storm_outbox` that were old enough and are removed"
        Asked "storm_asked_total" ["name", "status"] "commands asked for at the HTTP door and calls of webhooks, by the status of the answer"
    }
}

table! {
    /// Whatever rises and falls.
    Level {
        Ready "storm_ready" [] "1 while all loops of the context run, else 0"
        CaptureOwner "storm_capture_owner" ["source"] "1 while this replica captures the source, 0 while it stands by"
        LagRecords "storm_lag_records" ["group", "topic", "partition"] "records of a partition that are not done: unread, or in work; 0 when all are done, however the log ends"
        LagSeconds "storm_lag_seconds" ["group", "topic", "partition"] "age of the oldest record of a partition that is not done; 0 when all are"
        GoneRecords "storm_gone_records" ["group", "topic", "partition"] "offsets of a partition that are gone from the log and were not read"
        OpenTransactionRecords "storm_open_transaction_records" ["group", "topic", "partition"] "offsets of a partition that stand behind the beginning of an open transaction: its end less its last stable offset; readers of committed records wait for them"
        OpenTransactionSeconds "storm_open_transaction_seconds" ["group", "topic", "partition"] "for how long the same transaction has been seen open there; 0 when none is"
        PolicyLagRecords "storm_policy_lag_records" ["name"] "records that a policy or command has yet to do: in its hand, or unread on its topic, whatever they are"
        PolicyLagSeconds "storm_policy_lag_seconds" ["name"] "age of the oldest of them; 0 when there are none"
        PausedPartitions "storm_paused_partitions" ["group"] "partitions that are not fetched from because too much of them is in work"
        HotKeyShare "storm_hot_key_share" ["group", "topic", "partition"] "the share that the most frequent key has at least of a partition's latest records that were dispatched here; 0 until 512 of them have come"
        AssignedPartitions "storm_assigned_partitions" ["group"] "partitions that this member has"
        CaptureLag "storm_capture_lag_seconds" ["source"] "time since the commit of the oldest transaction that is read and not stored; else how long the last one took; 0 when the source is idle"
        SourceSilence "storm_source_silence_seconds" ["source"] "time since the source was last heard of: a row, or a sign of life"
        ClientBrokers "storm_kafka_connected_brokers" ["client"] "brokers with a connection that is up"
        RoundTrip "storm_kafka_round_trip_seconds" ["client", "quantile"] "time to a broker's answer within the last interval, of the slowest broker"
        QueuedRecords "storm_kafka_queued_records" ["client"] "records that wait in a producer to be sent or acknowledged"
        QueuedBytes "storm_kafka_queued_bytes" ["client"] "their bytes"
        LineStopped "storm_line_stopped" ["name"] "1 while dead letters have stopped the line of a policy or command: its records wait"
        ParkedKeys "storm_parked_keys" ["name"] "keys of which a policy has a parked record: their later events wait behind it"
        ParkedRecords "storm_parked_records" ["name"] "records that are parked for a policy, or wait behind one that is; they are counted in no lag"
        ParkedSeconds "storm_parked_seconds" ["name"] "how long the oldest of the policy's parked keys has been parked here; 0 when none is"
        ParkingFull "storm_parking_full" ["group"] "1 while so much is parked (`dispatch.park.*`) that partitions are not read on"
        HandlerRunning "storm_handler_running_seconds" ["name"] "how long the longest attempt of a command's handler has been running"
        PolicySetting "storm_policy_setting" ["name", "key", "value"] "what holds for a policy: 1 when the configuration says it, 0 when the model does"
        Breaker "storm_external_breaker" ["external"] "an external system's breaker: 0 closed, 1 while one call tries, 2 open"
        InFlight "storm_in_flight_records" ["name"] "records that wait for a policy or command or are in its work"
    }
}

table! {
    /// Whatever is measured in seconds, as a histogram.
    Times {
        Stage "storm_stage_seconds" ["stage"] "how long a stage took; for `retrieved`, the records' age"
        RetrievalAge "storm_retrieval_age_seconds" ["name"] "age of a record when it was retrieved for a policy or command"
        Rebalance "storm_rebalance_seconds" ["group"] "from the first word of a rebalance until the member has its partitions"
        RebalancePause "storm_rebalance_pause_seconds" ["group"] "how long a turn of a rebalance kept the member's loop"
        ExternalWait "storm_external_wait_seconds" ["external"] "how long a call of an external system waited for its turn"
        ExternalCall "storm_external_call_seconds" ["external"] "how long a call of an external system took"
        Queueing "storm_queueing_seconds" ["name"] "from a record's retrieval until a policy or command begins with it"
        Handling "storm_handling_seconds" ["name"] "from the first attempt until a policy or command is done with a record, pauses between attempts included"
    }
}
