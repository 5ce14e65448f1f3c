//! What policies and commands do, all of them together.

use super::{Row, panel};

/// From the door to what is parked.
pub(super) const WORK: Row = Row {
    title: "Policies and commands",
    collapsed: false,
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
                "sum by (name, status) (rate(storm_asked_total{context=~\"$context\"}[1m]))",
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
                "sum by (context, name, outcome) (increase(storm_scheduled_total{context=~\"$context\"}[1h]))",
                "{{context}} {{name}} {{outcome}}",
            )],
        ),
        panel(
            "Settings of policies that differ from the model",
            "none",
            &[(
                "max by (name, key, value) (storm_policy_setting{context=~\"$context\"}) > 0",
                "{{name}} {{key}} {{value}}",
            )],
        )
        .or("all as the model says"),
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
            "Stopped lines: 1 is stopped",
            "none",
            &[("max by (context, name) (storm_line_stopped{context=~\"$context\"})", "{{context}} {{name}}")],
        ),
        panel(
            "The longest attempts of handlers",
            "s",
            &[(
                "max by (context, name) (storm_handler_running_seconds{context=~\"$context\"})",
                "{{context}} {{name}}",
            )],
        ),
        panel(
            "In hand",
            "none",
            &[(
                "sum by (context, name) (storm_in_flight_records{context=~\"$context\"})",
                "{{context}} {{name}}",
            )],
        ),
        panel(
            "Passed over",
            "ops",
            &[(
                "sum by (name, reason) (rate(storm_passed_over_total{context=~\"$context\"}[1m]))",
                "{{name}} {{reason}}",
            )],
        ),
        panel(
            "Old rows removed from inbox and outbox, in an hour",
            "none",
            &[(
                "sum by (context, table) (increase(storm_pruned_rows_total{context=~\"$context\"}[1h]))",
                "{{context}} {{table}}",
            )],
        ),
    ],
};
