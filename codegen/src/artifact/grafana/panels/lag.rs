//! Who is behind what, and by how much.

use super::{Row, panel};

/// In seconds, and in records.
pub(super) const LAG: Row = Row {
    title: "Lag",
    collapsed: false,
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
            &[("sum by (group, topic) (storm_lag_records{context=~\"$context\"})", "{{group}} {{topic}}")],
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
                "sum by (context, source) (storm_capture_owner{context=~\"$context\"})",
                "{{context}} {{source}}",
            )],
        ),
        panel(
            "Behind open transactions, records",
            "none",
            &[(
                "sum by (group, topic) (storm_open_transaction_records{context=~\"$context\"})",
                "{{group}} {{topic}}",
            )],
        ),
        panel(
            "How long one transaction has been open",
            "s",
            &[(
                "max by (group, topic) (storm_open_transaction_seconds{context=~\"$context\"})",
                "{{group}} {{topic}}",
            )],
        ),
        panel(
            "Expired unread",
            "none",
            &[("sum by (group, topic) (storm_gone_records{context=~\"$context\"})", "{{group}} {{topic}}")],
        ),
    ],
};
