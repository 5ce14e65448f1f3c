//! The figures that a board begins with: is all of it well, in one look.

/// A number in a colour.
pub(super) struct Figure {
    pub(super) title: &'static str,
    /// Grafana's name of it.
    pub(super) unit: &'static str,
    pub(super) expr: &'static str,
    /// The colour below the first bound, then each bound with the colour from there on.
    pub(super) below: &'static str,
    pub(super) from: &'static [(f64, &'static str)],
}

/// The worst of what is chosen.
pub(super) const FIGURES: &[Figure] = &[
    Figure {
        title: "Ready",
        unit: "bool_yes_no",
        expr: "min(storm_ready{context=~\"$context\"})",
        below: "red",
        from: &[(1.0, "green")],
    },
    Figure {
        title: "Capture behind its source",
        unit: "s",
        expr: "max(storm_capture_lag_seconds{context=~\"$context\"})",
        below: "green",
        from: &[(5.0, "orange"), (60.0, "red")],
    },
    Figure {
        title: "The slowest policy or command behind",
        unit: "s",
        expr: "max(storm_policy_lag_seconds{context=~\"$context\"})",
        below: "green",
        from: &[(10.0, "orange"), (120.0, "red")],
    },
    Figure {
        title: "Dead letters, in an hour",
        unit: "none",
        expr: "sum(increase(storm_dead_letters_total{context=~\"$context\"}[1h])) or vector(0)",
        below: "green",
        from: &[(0.5, "red")],
    },
];
