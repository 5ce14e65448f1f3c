//! For each alert a history in which it must fire and one in which it must not, in promtool's form.

use std::fmt::Write as _;
use std::path::Path;

pub struct Case {
    pub alert: &'static str,
    /// Of which context, group or source, where others have alerts of this name too: matchers, each after a comma.
    of: &'static str,
    /// The series that fires it, and the one that does not.
    bad: &'static str,
    good: &'static str,
    /// Values a minute, in promtool's notation.
    values: [&'static str; 2],
}

const fn case(alert: &'static str, series: &'static str, bad: &'static str, good: &'static str) -> Case {
    Case { alert, of: "", bad: series, good: series, values: [bad, good] }
}

const fn case_of(
    alert: &'static str,
    of: &'static str,
    [bad, good]: [&'static str; 2],
    values: [&'static str; 2],
) -> Case {
    Case { alert, of, bad, good, values }
}

/// A process that has nothing to do with groups and sources, and what is seen of one that does.
const ELSE: &str = r#"up{job="services",instance="i"}"#;
const MEMBER: &str = r#"storm_assigned_partitions{context="ordering",group="publish"}"#;
const OWNER: &str = r#"storm_capture_owner{context="ordering",source="shop"}"#;
const PUBLISH: &str = r#",context="ordering",group="publish""#;
const SHOP: &str = r#",context="ordering",source="shop""#;

/// Half an hour, a value a minute.
pub const CASES: &[Case] = &[
    case("StormDown", r#"up{job="services",instance="i"}"#, "0x60", "1x60"),
    case("StormNotReady", r#"storm_ready{context="ordering"}"#, "0x60", "1x60"),
    case_of("StormNoMember", PUBLISH, [MEMBER; 2], ["0x60", "3x60"]),
    // Nobody runs: the series goes with its last process.
    case_of("StormNoMember", PUBLISH, [ELSE, MEMBER], ["1x60", "3x60"]),
    case_of("StormNoMember", PUBLISH, [MEMBER; 2], ["3x20 stale", "3x60"]),
    case(
        "StormCaptureBehind",
        r#"storm_capture_lag_seconds{context="ordering",source="shop"}"#,
        "61x60",
        "5x60",
    ),
    case(
        "StormSourceSilent",
        r#"storm_source_silence_seconds{context="ordering",source="shop"}"#,
        "0+60x60",
        "9x60",
    ),
    case(
        "StormPublishBehind",
        r#"storm_lag_seconds{context="ordering",group="publish",topic="t",partition="0"}"#,
        "90x60",
        "2x60",
    ),
    case(
        "StormDeadLetters",
        r#"storm_dead_letters_total{context="ordering",name="ChargeOnPlacement"}"#,
        "0x20 1x39",
        "7x60",
    ),
    case(
        "StormRecordsGone",
        r#"storm_gone_records{context="ordering",group="publish",topic="t",partition="0"}"#,
        "3x60",
        "0x60",
    ),
    case(
        "StormOpenTransaction",
        r#"storm_open_transaction_seconds{context="ordering",group="publish",topic="t",partition="0"}"#,
        "0+60x60",
        "0x20 5x40",
    ),
    case(
        "StormRetrying",
        r#"storm_retries_total{context="ordering",name="ChargeOnPlacement"}"#,
        "0+60x60",
        "0+1x60",
    ),
    // While a breaker is open, another alert says so.
    Case {
        alert: "StormRetrying",
        of: "",
        bad: r#"storm_retries_total{context="ordering",name="ChargeOnPlacement"}"#,
        good: r#"storm_retries_total{context="payments",name="ChargeCard"}"#,
        values: ["0+60x60", "0+60x60"],
    },
    case("StormErrors", r#"storm_errors_total{context="ordering",loop="capture"}"#, "0+2x60", "4x60"),
    case(
        "StormDueTimesMissed",
        r#"storm_scheduled_total{context="ordering",name="Sweep",outcome="missed"}"#,
        "0x40 2x19",
        "2x60",
    ),
    case(
        "StormLineStopped",
        r#"storm_line_stopped{context="ordering",name="ChargeOnPlacement"}"#,
        "1x60",
        "0x60",
    ),
    case("StormParked", r#"storm_parked_keys{context="ordering",name="ConfirmPaidOrder"}"#, "2x60", "0x60"),
    case("StormParkingFull", r#"storm_parking_full{context="ordering",group="dispatch"}"#, "1x60", "0x60"),
    case(
        "StormHandlerStuck",
        r#"storm_handler_running_seconds{context="ordering",name="PlaceOrder"}"#,
        "301x60",
        "3x60",
    ),
    case(
        "StormExternalDown",
        r#"storm_external_breaker{context="payments",external="PayPal"}"#,
        "2x60",
        "0x60",
    ),
    case_of("StormNoCapture", SHOP, [OWNER; 2], ["0x60", "1x60"]),
    case_of("StormNoCapture", SHOP, [ELSE, OWNER], ["1x60", "1x60"]),
    case("StormPaused", r#"storm_paused_partitions{context="ordering",group="dispatch"}"#, "1x60", "0x60"),
    case(
        "StormRebalancing",
        r#"storm_rebalances_total{context="ordering",group="publish",turn="lost"}"#,
        "0+4x60",
        "9x60",
    ),
    Case {
        alert: "StormSkew",
        of: "",
        bad: r#"storm_partition_records_total{context="ordering",topic="t",partition="0"}"#,
        good: r#"storm_partition_records_total{context="ordering",topic="t",partition="0"}"#,
        values: ["0+9000x60", "0+100x60"],
    },
    // On a topic that is quiet, a few records are nothing to look at.
    Case {
        alert: "StormSkew",
        of: "",
        bad: r#"storm_partition_records_total{context="ordering",topic="t",partition="0"}"#,
        good: r#"storm_partition_records_total{context="ordering",topic="quiet",partition="0"}"#,
        values: ["0+9000x60", "0+300x60"],
    },
    case(
        "StormNoBroker",
        r#"storm_kafka_connected_brokers{context="ordering",client="producer"}"#,
        "0x60",
        "1x60",
    ),
    case(
        "StormQueueFull",
        r#"storm_kafka_queued_bytes{context="ordering",client="producer"}"#,
        "60000000x60",
        "1000x60",
    ),
    case(
        "StormPolicyBehind",
        r#"storm_policy_lag_seconds{context="ordering",name="ChargeOnPlacement"}"#,
        "9000x60",
        "3x60",
    ),
    case("KafkaExporterDown", r#"up{job="kafka",instance="k"}"#, "0x60", "1x60"),
    case("KafkaUnderReplicated", "kafka_server_replicamanager_underreplicatedpartitions", "2x60", "0x60"),
    case("KafkaOfflinePartitions", "kafka_controller_kafkacontroller_offlinepartitionscount", "1x60", "0x60"),
    Case {
        alert: "KafkaMemory",
        of: "",
        bad: r#"node_memory_MemAvailable_bytes{instance="n"}"#,
        good: r#"node_memory_MemAvailable_bytes{instance="n"}"#,
        values: ["1x60", "50x60"],
    },
];

/// What stands beside a case's own series.
const BESIDE: &[(&str, &str, &str)] = &[
    ("StormRetrying", r#"storm_external_breaker{context="payments",external="PayPal"}"#, "2x60"),
    ("KafkaMemory", r#"node_memory_MemTotal_bytes{instance="n"}"#, "100x60"),
];

/// The same, and the other partitions of the topics that have a busy one.
fn beside() -> Vec<(&'static str, String, &'static str)> {
    let topics = [("t", "0+100x60"), ("quiet", "0+1x60")].into_iter();
    let series = |topic, partition| {
        format!(
            r#"storm_partition_records_total{{context="ordering",topic="{topic}",partition="{partition}"}}"#
        )
    };
    let partitions = topics.flat_map(|(topic, values)| {
        (1..=5).map(move |partition| ("StormSkew", series(topic, partition), values))
    });
    let others = BESIDE.iter().map(|(alert, series, values)| (*alert, (*series).to_owned(), *values));
    others.chain(partitions).collect()
}

/// When it is looked at. The dead letter of minute 21 is seen in minute 25 and forgotten in minute 55.
const MINUTE: &[(&str, u32)] = &[("StormDeadLetters", 25)];

pub fn file(rules: &Path) -> String {
    let mut out = format!("rule_files:\n  - {}\nevaluation_interval: 1m\ntests:\n", rules.display());
    for case in CASES {
        for (series, values, fires) in [(case.bad, case.values[0], true), (case.good, case.values[1], false)]
        {
            let minute =
                MINUTE.iter().find(|(alert, _)| *alert == case.alert).map_or(55, |(_, minute)| *minute);
            let sample = if fires { "[{labels: '{}', value: 1}]" } else { "[]" };
            writeln!(
                out,
                "  - name: {} {}\n    interval: 1m\n    input_series:",
                case.alert,
                if fires { "fires" } else { "is quiet" }
            )
            .unwrap();
            writeln!(out, "      - series: '{series}'\n        values: '{values}'").unwrap();
            for (_, series, values) in beside().iter().filter(|(alert, ..)| *alert == case.alert) {
                writeln!(out, "      - series: '{series}'\n        values: '{values}'").unwrap();
            }
            writeln!(
                out,
                "    promql_expr_test:\n      - expr: count(ALERTS{{alertname=\"{}\",alertstate=\"firing\"{}}})\n        \
                 eval_time: {minute}m\n        exp_samples: {sample}",
                case.alert, case.of
            )
            .unwrap();
        }
    }
    out
}
