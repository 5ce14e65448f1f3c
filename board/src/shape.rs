//! What each kind of sticky looks like before colour: its size, its corner word, its outline. Kind is never colour alone.

use storm_dsl::graph::StickyKind;

/// The outline of a sticky.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outline {
    /// A plain sheet.
    Sheet,
    /// Two lines: a system of somebody else's.
    Double,
    /// A bar at the left: it remembers.
    Bar,
    /// Round corners: something people look at.
    Round,
    /// Half-circles at the ends: somebody outside.
    Pill,
    /// A sheet, turned a few degrees.
    Turned,
}

/// What a kind looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub width: f64,
    pub height: f64,
    /// The small word in the corner.
    pub word: &'static str,
    /// The word for several, in the title's line.
    pub words: &'static str,
    pub outline: Outline,
}

/// The kinds in the order of the legend: the order of the flow.
pub(crate) const KINDS: [StickyKind; 10] = [
    StickyKind::Actor,
    StickyKind::Command,
    StickyKind::Aggregate,
    StickyKind::External,
    StickyKind::Event,
    StickyKind::Policy,
    StickyKind::Process,
    StickyKind::View,
    StickyKind::Hotspot,
    StickyKind::Reader,
];

/// The shape of a kind; sizes in pixels.
pub(crate) fn shape(kind: StickyKind) -> Shape {
    let of = |width, height, word, words, outline| Shape { width, height, word, words, outline };
    match kind {
        StickyKind::Actor => of(84.0, 62.0, "actor", "actors", Outline::Sheet),
        StickyKind::Command => of(112.0, 104.0, "command", "commands", Outline::Sheet),
        StickyKind::Aggregate => of(132.0, 80.0, "aggregate", "aggregates", Outline::Sheet),
        StickyKind::External => of(144.0, 104.0, "external", "external systems", Outline::Double),
        StickyKind::Event => of(112.0, 104.0, "event", "events", Outline::Sheet),
        StickyKind::Policy => of(172.0, 104.0, "policy", "policies", Outline::Sheet),
        StickyKind::Process => of(172.0, 104.0, "process", "processes", Outline::Bar),
        StickyKind::View => of(132.0, 92.0, "view", "views", Outline::Round),
        StickyKind::Hotspot => of(112.0, 100.0, "hotspot", "hotspots", Outline::Turned),
        StickyKind::Reader => of(128.0, 72.0, "reader", "readers", Outline::Pill),
    }
}
