//! What both arrangements (lanes, boxes) hand on: where each note and each line is, before title, legend and paper.

use crate::layered::place::Spacing;
use crate::layered::{Item, Style};
use crate::path::{Path, Piece, Point, Rect};
use crate::wall::Wall;

/// Space between two notes of a column.
pub(crate) const SPACING: Spacing = Spacing { items: 26.0, mixed: 13.0, links: 9.0 };

/// The measures of a sheet of notes without bands.
pub(crate) const BARE: Style = Style {
    spacing: SPACING,
    rail: 0.0,
    top: 0.0,
    bottom: 0.0,
    side: 0.0,
    between: 0.0,
    least: 0.0,
    stub: 13.0,
    gutter: 34.0,
    bands: 1,
};

/// A plan of the wall.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub width: f64,
    pub height: f64,
    /// The middle of each note.
    pub at: Vec<Point>,
    /// The bands or boxes.
    pub areas: Vec<Area>,
    /// The line of each flow, in the direction of its arrow, and whether it runs against the flow.
    pub lines: Vec<Option<(Path, bool)>>,
    /// How many pairs of links cross, counted in the columns.
    pub crossings: usize,
}

/// The ground of a context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    /// Its band: see [`crate::wall::Note::band`].
    pub band: usize,
    pub rect: Rect,
    /// Its name stands at the left, not above.
    pub rail: bool,
}

impl Plan {
    pub fn new(wall: &Wall) -> Plan {
        let (at, lines) = (vec![Point::default(); wall.notes.len()], vec![None; wall.flows.len()]);
        Plan { at, lines, ..Plan::default() }
    }
}

/// A note as an item of a mesh.
pub(crate) fn item(wall: &Wall, note: usize, column: usize, band: usize) -> Item {
    let (up, down) = wall.reach(note);
    Item { up, down, width: wall.width(note), column, band, fan: wall.notes[note].height * 0.62 }
}

/// The height a note takes in its column.
pub(crate) fn room(wall: &Wall, note: usize) -> f64 {
    let (up, down) = wall.reach(note);
    up + down + SPACING.items
}

/// A small loop at the right side of a note: an arrow to itself.
pub(crate) fn loop_at(wall: &Wall, note: usize, at: Point) -> Path {
    let right = at.x + wall.notes[note].width / 2.0;
    let point = |x, y| Point { x, y };
    let low = wall.notes[note].height * 0.40;
    let mut path = Path::new(point(right, at.y - low));
    let out = right + 22.0;
    path.pieces.push(Piece::Curve(point(out, at.y - low), point(out, at.y - low), point(out, at.y)));
    path.pieces.push(Piece::Curve(point(out, at.y + low), point(out, at.y + low), point(right, at.y + low)));
    path
}
