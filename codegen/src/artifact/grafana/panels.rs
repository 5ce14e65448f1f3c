//! The panels, a table: title, unit, queries with their legends. `$context` is the board's variable; in a policy's row
//! CONTEXT and NAME are its own. The lines of a panel have one unit, and a legend has all labels that its query keeps.

mod clients;
mod groups;
mod lag;
mod overview;
mod work;

/// Panels under one heading.
pub(super) struct Row {
    pub(super) title: &'static str,
    /// Its panels are drawn, and asked for, once somebody opens it.
    pub(super) collapsed: bool,
    pub(super) panels: &'static [Panel],
}

/// Some lines over time.
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// Grafana's name of it.
    pub(super) unit: &'static str,
    pub(super) queries: &'static [(&'static str, &'static str)],
    /// What stands there while there is no line at all, where that is a good sign.
    pub(super) nothing: Option<&'static str>,
}

pub(super) const fn panel(
    title: &'static str,
    unit: &'static str,
    queries: &'static [(&'static str, &'static str)],
) -> Panel {
    Panel { title, unit, queries, nothing: None }
}

impl Panel {
    const fn or(self, nothing: &'static str) -> Self {
        Self { nothing: Some(nothing), ..self }
    }
}

/// What all services have in common.
pub(super) const COMMON: &[Row] = &[
    overview::OVERVIEW,
    overview::STAGES,
    lag::LAG,
    work::WORK,
    groups::GROUPS,
    clients::EXTERNAL,
    clients::KAFKA,
];

/// One policy; its heading is its sentence.
pub(super) const POLICY: Row = Row {
    title: "",
    collapsed: true,
    panels: &[
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
    ],
};
