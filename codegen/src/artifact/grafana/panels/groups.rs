//! What the consumers' groups and their partitions do.

use super::{Row, panel};

/// Rebalances, and how evenly the records come.
pub(super) const GROUPS: Row = Row {
    title: "Groups and partitions",
    collapsed: true,
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
            "Share of time that rebalances took, and kept the loop",
            "percentunit",
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
                "max by (group, topic, partition) (storm_hot_key_share{context=~\"$context\"})",
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
};
