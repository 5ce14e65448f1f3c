//! The finished layout: every sticky, line, band and legend entry with its place on the paper. A value: what writes it
//! must not decide anything any more.

use petgraph::graph::{EdgeIndex, NodeIndex};
use storm_dsl::graph::{FlowGraph, StickyKind};

use crate::furniture::{LEGEND_ROW, counts, legend};
use crate::path::{Path, Piece, Point, Rect};
use crate::plan::{Area, Plan};
use crate::shape::shape;
use crate::text::{Face, Label, Room, fit, width};
use crate::wall::{STUCK, Wall, wall};
use crate::{Options, boxes, lanes};

/// A picture, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The paper's width in pixels.
    pub width: f64,
    /// The paper's height in pixels.
    pub height: f64,
    /// The graph's title, on one line.
    pub title: Label,
    /// How many there are of what.
    pub counts: Label,
    /// Lanes or boxes.
    pub arrangement: Arrangement,
    /// Bands or boxes; a context whose lane is wrapped has several.
    pub grounds: Vec<Ground>,
    /// The stickies; one that is repeated is here several times.
    pub notes: Vec<Placed>,
    /// The arrows.
    pub arrows: Vec<ArrowLine>,
    /// The legend's entries.
    pub legend: Vec<Legend>,
    /// How many pairs of arrows cross, as the layout counts it.
    pub crossings: usize,
}

/// How contexts are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// A band for each context on common columns.
    Lanes,
    /// A box for each context.
    Boxes,
}

/// The ground of a context.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// Its index in the graph's contexts; none for the loose stickies.
    pub context: Option<usize>,
    /// Where it is.
    pub rect: Rect,
    /// Its name.
    pub name: Label,
    /// Its owner.
    pub owner: Option<Label>,
    /// The name stands at the left of a lane; else above, in a box.
    pub rail: bool,
}

/// A sticky in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The sticky.
    pub sticky: NodeIndex,
    /// Unique in the picture: the sticky's id; a repeated one has `~` and its command's id after it.
    pub id: String,
    /// Its kind.
    pub kind: StickyKind,
    /// The index of its context; none for loose stickies and readers.
    pub context: Option<usize>,
    /// Where it is before it is turned.
    pub rect: Rect,
    /// By how many degrees it is turned about its middle.
    pub turn: f64,
    /// What is written on it.
    pub label: Label,
    /// The smaller text below.
    pub detail: Option<Label>,
}

/// An arrow's line.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrowLine {
    /// The edge it shows; where an aggregate is repeated, an edge may have several lines.
    pub edge: EdgeIndex,
    /// The indices of the notes it joins.
    pub from: usize,
    /// The note its head touches.
    pub to: usize,
    /// It runs against the flow: dashed.
    pub feedback: bool,
    /// Its line.
    pub path: Path,
}

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// The kind it explains; none explains the dashed line.
    pub kind: Option<StickyKind>,
    /// Its swatch.
    pub rect: Rect,
}

/// More contexts than this stand in boxes.
const MOST_LANES: usize = 12;
/// More notes than this stand in boxes.
const MOST_IN_LANES: usize = 600;
/// The margin around everything, and the room for the title.
pub(crate) const MARGIN: f64 = 40.0;
pub(crate) const TITLE: f64 = 72.0;
/// The paper's shape: never narrower than square, never wider than this.
const WIDEST: f64 = 4.0;

pub(crate) fn lay_out(graph: &FlowGraph, options: &Options) -> Layout {
    let wall = wall(graph, options.merge_aggregates);
    let starts: Vec<usize> = (0..wall.notes.len()).filter(|&note| begins(wall.notes[note].kind)).collect();
    let in_boxes =
        || boxes::boxes(&wall, &starts, |band| width(&area_name(graph, band), Face::Bold) * 20.0 * 1.2);
    let few = wall.loose <= MOST_LANES && wall.notes.len() <= MOST_IN_LANES;
    let (mut plan, arrangement) = if few {
        let plan = lanes::lanes(&wall, &starts);
        let tower = lanes::shape(&wall, &plan) < 0.7 && wall.loose > 1;
        if tower { (in_boxes(), Arrangement::Boxes) } else { (plan, Arrangement::Lanes) }
    } else {
        (in_boxes(), Arrangement::Boxes)
    };
    hang_stuck(&wall, &mut plan);
    paper(graph, &wall, plan, arrangement)
}

/// Where a story without a first cause may begin. Actors, and systems that act unprompted, are first causes anyway.
pub(crate) fn begins(kind: StickyKind) -> bool {
    matches!(kind, StickyKind::Actor | StickyKind::Command)
}

/// Hotspots above and below their notes, with their short arrows.
fn hang_stuck(wall: &Wall, plan: &mut Plan) {
    for (index, flow) in wall.flows.iter().enumerate().filter(|(_, flow)| wall.stuck(flow)) {
        let (hotspot, host, at) = (&wall.notes[flow.from], &wall.notes[flow.to], plan.at[flow.to]);
        let above = host.above == Some(flow.from);
        let side = if above { -1.0 } else { 1.0 };
        let edge = at.y + side * host.height / 2.0;
        plan.at[flow.from] = Point { x: at.x, y: edge + side * (STUCK + hotspot.height / 2.0) };
        let start = Point { x: at.x, y: edge + side * STUCK };
        let path = Path { start, pieces: vec![Piece::Line(Point { x: at.x, y: edge })] };
        plan.lines[index] = Some((path, false));
    }
}

/// Puts the plan on paper of a pleasant shape, with title and legend.
fn paper(graph: &FlowGraph, wall: &Wall, plan: Plan, arrangement: Arrangement) -> Layout {
    let counts = counts(graph);
    let least = f64::max(width(&graph.title, Face::Bold) * 30.0, width(&counts, Face::Regular) * 13.0) * 1.2;
    let inner = plan.width.max(least.min(900.0)).max(520.0) + 2.0;
    let line = |text: &str, size: &'static [f64], face| {
        fit(text, Room { width: inner, height: 20.0, sizes: size, face })
    };
    let title = line(&graph.title, &[30.0, 24.0, 20.0, 17.0], Face::Bold);
    let counts = line(&counts, &[13.0, 12.0, 11.0], Face::Regular);
    let feedback = plan.lines.iter().flatten().any(|(_, against)| *against);
    let (mut legend, rows) = legend(wall, feedback, inner);
    let needed = TITLE + plan.height + 30.0 + rows as f64 * LEGEND_ROW;
    let (mut width, mut height) = (inner + 2.0 * MARGIN, needed + 2.0 * MARGIN);
    let spare_height = f64::max((width / WIDEST).ceil() - height, 0.0);
    height += spare_height;
    width = f64::max(width, height);
    (width, height) = (width.ceil(), height.ceil());
    let corner = Point {
        x: MARGIN + (width - 2.0 * MARGIN - plan.width) / 2.0,
        y: MARGIN + TITLE + spare_height / 2.0,
    };
    for entry in &mut legend {
        entry.rect = entry.rect.shifted(Point { x: MARGIN, y: height - MARGIN - rows as f64 * LEGEND_ROW });
    }
    let context = |band: usize| (band < wall.loose).then_some(band);
    let grounds = plan.areas.iter().map(|area| ground(graph, area, context(area.band), corner)).collect();
    let mut notes = Vec::with_capacity(wall.notes.len());
    for (index, note) in wall.notes.iter().enumerate() {
        let at = plan.at[index];
        let rect = Rect {
            x: at.x - note.width / 2.0,
            y: at.y - note.height / 2.0,
            width: note.width,
            height: note.height,
        };
        let sticky = &graph.graph[note.sticky];
        let (label, detail) = write_on(note.kind, &sticky.label, sticky.detail.as_deref());
        let turn = if note.kind == StickyKind::Hotspot { turn(&note.id) } else { 0.0 };
        let (sticky, id, kind) = (note.sticky, note.id.clone(), note.kind);
        notes.push(Placed {
            sticky,
            id,
            kind,
            context: context(note.band),
            rect: rect.shifted(corner),
            turn,
            label,
            detail,
        });
    }
    let line = |(flow, line): (&crate::wall::Flow, Option<(Path, bool)>)| {
        let (path, feedback) = line?;
        Some(ArrowLine {
            edge: flow.edge,
            from: flow.from,
            to: flow.to,
            feedback,
            path: path.shifted(corner),
        })
    };
    let arrows = wall.flows.iter().zip(plan.lines).filter_map(line).collect();
    Layout {
        width,
        height,
        title,
        counts,
        arrangement,
        grounds,
        notes,
        arrows,
        legend,
        crossings: plan.crossings,
    }
}

/// The name of a band as people read it.
fn area_name(graph: &FlowGraph, band: usize) -> String {
    graph.contexts.get(band).map_or_else(|| String::from("No context yet"), |context| context.label.clone())
}

fn ground(graph: &FlowGraph, area: &Area, context: Option<usize>, corner: Point) -> Ground {
    let room = |width, height, sizes, face| Room { width, height, sizes, face };
    let rect = area.rect.shifted(corner);
    let name = area_name(graph, area.band);
    let (across, tall) = if area.rail { (134.0, rect.height - 44.0) } else { (rect.width - 36.0, 24.0) };
    let name = fit(&name, room(across, tall, &[20.0, 17.0, 14.0, 12.0], Face::Bold));
    let owner = context.and_then(|context| graph.contexts[context].owner.as_deref());
    let owner = owner.map(|owner| fit(owner, room(across, 16.0, &[12.0, 11.0, 10.0], Face::Regular)));
    Ground { context, rect, name, owner, rail: area.rail }
}

/// The texts of a sticky, made to fit.
fn write_on(kind: StickyKind, label: &str, detail: Option<&str>) -> (Label, Option<Label>) {
    let shape = shape(kind);
    let (across, tall) = (shape.width - 6.0, shape.height - 26.0);
    let room = |height, sizes, face| Room { width: across, height, sizes, face };
    let Some(detail) = detail.filter(|detail| !detail.trim().is_empty()) else {
        return (fit(label, room(tall, &[16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0], Face::Bold)), None);
    };
    let label = fit(label, room(tall * 0.56, &[15.0, 14.0, 13.0, 12.0, 11.0, 10.0], Face::Bold));
    let rest = tall - label.height() - 4.0;
    let detail = fit(detail, room(rest, &[12.0, 11.0, 10.0, 9.0], Face::Regular));
    (label, Some(detail))
}

/// A few degrees, the same for the same hotspot.
fn turn(id: &str) -> f64 {
    let sum: u32 = id.bytes().map(u32::from).sum();
    [-4.0, 3.0, -3.0, 4.0, -5.0][sum as usize % 5]
}
