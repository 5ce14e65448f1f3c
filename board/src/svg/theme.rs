//! The colours. Only the fills are the wall's; everything else is chosen to leave the stickies the loudest thing in the
//! picture.

use storm_dsl::graph::StickyKind;

use crate::Theme;

/// The colours of one theme.
pub(super) struct Palette {
    pub paper: &'static str,
    /// Titles and names.
    pub ink: &'static str,
    /// Owners, counts, the legend's words.
    pub faint: &'static str,
    /// Arrows.
    pub line: &'static str,
    /// The grounds of contexts, one after the other.
    pub grounds: &'static [&'static str],
    /// The line around a ground.
    pub rim: &'static str,
    /// The line around a sticky.
    pub outline: &'static str,
    /// How dark a sticky's shadow is, 0 for none.
    pub shadow: f64,
    fills: [&'static str; 10],
}

impl Palette {
    /// The fill of a sticky.
    pub fn fill(&self, kind: StickyKind) -> &'static str {
        self.fills[match kind {
            StickyKind::Actor => 0,
            StickyKind::Command => 1,
            StickyKind::Aggregate => 2,
            StickyKind::External => 3,
            StickyKind::Event => 4,
            StickyKind::Policy => 5,
            StickyKind::Process => 6,
            StickyKind::View => 7,
            StickyKind::Hotspot => 8,
            StickyKind::Reader => 9,
        }]
    }
}

/// The colours of a theme.
pub(super) fn palette(theme: Theme) -> &'static Palette {
    match theme {
        Theme::Classic => &CLASSIC,
        Theme::Dark => &DARK,
        Theme::ColourBlind => &COLOUR_BLIND,
        Theme::Print => &PRINT,
    }
}

/// Brandolini's colours.
const WALL: [&str; 10] = [
    "#fef445", "#7adbfb", "#fdf8b6", "#ea9abf", "#ffa95f", "#c391cc", "#c391cc", "#d9f79d", "#f47f8f",
    "#e3e6ea",
];

static CLASSIC: Palette = Palette {
    paper: "#fbfaf7",
    ink: "#22262d",
    faint: "#5d6470",
    line: "#47505e",
    grounds: &["#e9f0f7", "#f6efe3", "#e9f3ec", "#f3ecf5", "#eaeef0", "#f7eceb"],
    rim: "#c9ced6",
    outline: "#3a3f47",
    shadow: 0.16,
    fills: WALL,
};

/// Dark ground.
pub(super) static DARK: Palette = Palette {
    paper: "#16191e",
    ink: "#eef1f5",
    faint: "#aab2bf",
    line: "#a9b4c4",
    grounds: &["#1f2833", "#2a2620", "#1f2a25", "#29222d", "#23282c", "#2d2322"],
    rim: "#3b434f",
    outline: "#0c0e11",
    shadow: 0.5,
    fills: WALL,
};

static COLOUR_BLIND: Palette = Palette {
    fills: [
        "#f0e442", "#56b4e9", "#fbf7c8", "#f3c1d9", "#e69f00", "#b79ad8", "#b79ad8", "#8fd9bf", "#e8743b",
        "#e3e6ea",
    ],
    ..CLASSIC
};

static PRINT: Palette = Palette {
    paper: "#ffffff",
    ink: "#000000",
    faint: "#333333",
    line: "#222222",
    grounds: &["#ffffff"],
    rim: "#777777",
    outline: "#000000",
    shadow: 0.0,
    fills: [
        "#fffbc0", "#d3f2fe", "#fffdea", "#f9dfea", "#ffe2c8", "#ebd9ef", "#ebd9ef", "#f1fcdc", "#fcd6db",
        "#f4f5f6",
    ],
};

/// What presentation attributes cannot say: dark viewers, paper, hovering. `grounds` is how many tints are in use.
pub(super) fn style(theme: Theme) -> String {
    let mut style = String::from(
        ".sticky:hover>.arrow,.sticky:focus-within>.arrow{stroke:#d6336c;stroke-width:3}\
         a:focus-visible{outline:3px solid #d6336c}\
         @media(prefers-reduced-motion:no-preference){.arrow{transition:stroke .15s,stroke-width .15s}}\
         @media print{.shadow{display:none}.paper{fill:#fff}}",
    );
    if theme == Theme::Classic {
        let Palette { paper, ink, faint, line, grounds, rim, .. } = &DARK;
        style.push_str("@media screen and (prefers-color-scheme:dark){");
        style.push_str(&format!(".paper{{fill:{paper}}}.ink{{fill:{ink}}}.faint{{fill:{faint}}}"));
        style.push_str(&format!(".arrow{{stroke:{line}}}.head{{fill:{line}}}"));
        for (nth, ground) in grounds.iter().enumerate() {
            style.push_str(&format!(".g{nth}{{fill:{ground};stroke:{rim}}}"));
        }
        style.push('}');
    }
    style
}
