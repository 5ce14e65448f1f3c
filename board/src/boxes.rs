//! A box for each context, and the boxes arranged as if each were one big sticky: for systems of more contexts than lanes
//! can bear. Links between contexts pass through doors in the boxes' walls.

mod interior;

use interior::{Door, Interior};

use crate::columns::spread_ranks;
use crate::layered::rank::Ranked;
use crate::layered::{Item, Link, Mesh, Sheet, Style, cuts, cycle, order, place, stack, trace};
use crate::path::{Point, Rect};
use crate::plan::{Area, BARE, Plan, loop_at};
use crate::wall::Wall;

/// Wider than this many times its height, the row of boxes is wrapped.
const WIDEST: f64 = 3.0;

const YARD: Style = Style {
    spacing: place::Spacing { items: 46.0, mixed: 24.0, links: 8.0 },
    side: 10.0,
    stub: 8.0,
    gutter: 84.0,
    ..BARE
};

/// Arranges the notes in boxes. `width_of` says how wide a band's name is.
pub(crate) fn boxes(wall: &Wall, starts: &[usize], width_of: impl Fn(usize) -> f64) -> Plan {
    let mut plan = Plan::new(wall);
    let yard = Yard::new(wall, starts);
    let interiors: Vec<Interior> = yard
        .boxes
        .iter()
        .enumerate()
        .map(|(nth, &band)| {
            Interior::new(wall, &yard.members[nth], &yard.inner[nth], &yard.doors[nth], width_of(band))
        })
        .collect();
    let sizes: Vec<(f64, f64)> = interiors
        .iter()
        .map(|interior| (interior.width, interior.height))
        .chain(yard.readers.iter().map(|&note| (wall.notes[note].width, wall.notes[note].height)))
        .collect();
    let (mesh, crossings) = arrange(&yard, &interiors, &sizes);
    let sheet = wrapped(&mesh);
    (plan.width, plan.height) = (sheet.width, sheet.height);
    plan.crossings = crossings + interiors.iter().map(|interior| interior.crossings).sum::<usize>();
    let middle = |item: usize| {
        let (left, width) = sheet.columns[mesh.slots[item].column];
        Point { x: left + width / 2.0, y: sheet.y[item] }
    };
    let mut corners = Vec::with_capacity(interiors.len());
    for (nth, interior) in interiors.iter().enumerate() {
        let at = middle(nth);
        let corner = Point { x: at.x - interior.width / 2.0, y: at.y - interior.height / 2.0 };
        let rect = Rect { x: corner.x, y: corner.y, width: interior.width, height: interior.height };
        plan.areas.push(Area { band: yard.boxes[nth], rect, rail: false });
        for (note, at) in interior.places() {
            plan.at[note] = Point { x: at.x + corner.x, y: at.y + corner.y };
        }
        for (flow, path, against) in interior.lines(wall) {
            plan.lines[flow] = Some((path.shifted(corner), against));
        }
        corners.push(corner);
    }
    for (nth, &note) in yard.readers.iter().enumerate() {
        plan.at[note] = middle(interiors.len() + nth);
    }
    let tracks = trace::tracks(&mesh, &sheet);
    for (link, cross) in yard.cross.iter().enumerate() {
        let ends = (sizes[cross.from].0, sizes[cross.to].0);
        let mut path = trace::trace(&mesh, &sheet, &tracks, link, ends);
        if let Some(interior) = interiors.get(cross.from) {
            let between = path;
            path = interior.way(wall, cross.flow).shifted(corners[cross.from]);
            path.append(&between);
        }
        if let Some(interior) = interiors.get(cross.to) {
            path.append(&interior.way(wall, cross.flow).shifted(corners[cross.to]));
        }
        plan.lines[cross.flow] = Some((if cross.against { path.reversed() } else { path }, cross.against));
    }
    for (flow, ends) in wall.flows.iter().enumerate().filter(|(_, flow)| flow.from == flow.to) {
        plan.lines[flow] = Some((loop_at(wall, ends.from, plan.at[ends.from]), true));
    }
    plan
}

/// A flow between two boxes, from left to right.
struct Cross {
    flow: usize,
    from: usize,
    to: usize,
    against: bool,
}

/// Which note stands in which box, and which flows run within and between them.
struct Yard {
    /// The band of each box.
    boxes: Vec<usize>,
    members: Vec<Vec<usize>>,
    inner: Vec<Vec<usize>>,
    doors: Vec<Vec<Door>>,
    cross: Vec<Cross>,
    readers: Vec<usize>,
}

impl Yard {
    fn new(wall: &Wall, starts: &[usize]) -> Yard {
        let loose = wall.notes.iter().any(|note| note.band == wall.loose);
        let boxes: Vec<usize> = (0..wall.loose + usize::from(loose)).collect();
        let mut members = vec![Vec::new(); boxes.len()];
        let mut readers = Vec::new();
        let mut stands_in = Vec::with_capacity(wall.notes.len());
        for (index, note) in wall.notes.iter().enumerate() {
            if note.band == wall.readers {
                stands_in.push(boxes.len() + readers.len());
                readers.push(index);
                continue;
            }
            stands_in.push(note.band);
            if note.host.is_none() {
                members[note.band].push(index);
            }
        }
        let (mut inner, mut doors) = (vec![Vec::new(); boxes.len()], vec![Vec::new(); boxes.len()]);
        let mut between = Vec::new();
        for (index, flow) in wall.flows.iter().enumerate().filter(|(_, flow)| !wall.stuck(flow)) {
            let (from, to) = (stands_in[flow.from], stands_in[flow.to]);
            if from != to {
                between.push((index, from, to));
            } else if flow.from != flow.to {
                inner[from].push(index);
            }
        }
        let pairs: Vec<(usize, usize)> = between.iter().map(|&(_, from, to)| (from, to)).collect();
        let mut starts: Vec<usize> = starts.iter().map(|&note| stands_in[note]).collect();
        starts.dedup();
        let against = cycle::against(boxes.len() + readers.len(), &pairs, &starts);
        let mut cross = Vec::with_capacity(between.len());
        for ((flow, from, to), against) in between.into_iter().zip(against) {
            let (begin, end) = (wall.flows[flow].from, wall.flows[flow].to);
            let (left, right) = if against { ((to, end), (from, begin)) } else { ((from, begin), (to, end)) };
            if left.0 < boxes.len() {
                doors[left.0].push(Door { flow, note: left.1, right: true });
            }
            if right.0 < boxes.len() {
                doors[right.0].push(Door { flow, note: right.1, right: false });
            }
            cross.push(Cross { flow, from: left.0, to: right.0, against });
        }
        Yard { boxes, members, inner, doors, cross, readers }
    }
}

/// The boxes and readers in columns; and how many links cross between them.
fn arrange(yard: &Yard, interiors: &[Interior], sizes: &[(f64, f64)]) -> (Mesh, usize) {
    let ranked: Vec<Ranked> = sizes[..interiors.len()]
        .iter()
        .map(|&(_, height)| Ranked { height: height + 60.0, band: 0 })
        .collect();
    let widths: Vec<f64> = sizes[..interiors.len()].iter().map(|&(width, _)| width + 60.0).collect();
    let among = |cross: &&Cross| cross.to < interiors.len();
    let mut pairs: Vec<(usize, usize)> =
        yard.cross.iter().filter(among).map(|cross| (cross.from, cross.to)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let ranks = spread_ranks(&ranked, &widths, &pairs, 1.5);
    let last = ranks.iter().map(|rank| rank + 1).max().unwrap_or(0);
    let items: Vec<Item> = sizes
        .iter()
        .enumerate()
        .map(|(nth, &(width, height))| {
            let half = height / 2.0;
            let (column, fan) = ranks.get(nth).map_or((last, height * 0.62), |&rank| (rank, 0.0));
            Item { up: half, down: half, width, column, band: 0, fan }
        })
        .collect();
    let door =
        |item: usize, flow: usize| interiors.get(item).map_or(0.0, |it| it.door(flow) - it.height / 2.0);
    let links: Vec<Link> = yard
        .cross
        .iter()
        .map(|cross| Link {
            from: cross.from,
            to: cross.to,
            from_dy: door(cross.from, cross.flow),
            to_dy: door(cross.to, cross.flow),
        })
        .collect();
    let columns = items.iter().map(|item| item.column + 1).max().unwrap_or(0);
    let mut mesh = Mesh::new(&items, &links, columns);
    let tries = if mesh.slots.len() < 3000 { 8 } else { 1 };
    let crossings = order::untangle(&mut mesh, tries);
    mesh.spread_ends();
    (mesh, crossings)
}

fn wrapped(mesh: &Mesh) -> Sheet {
    let widths: Vec<f64> = mesh.widths.iter().map(|width| width + 90.0).collect();
    let loads: Vec<usize> = mesh.gaps.iter().map(Vec::len).collect();
    let on = |strips: usize| {
        let cuts = cuts(&widths, &loads, strips);
        stack(mesh, &cuts, place::heights(mesh, &cuts, YARD.spacing), &YARD)
    };
    let mut best = on(1);
    for strips in 2..=mesh.columns.len().min(40) {
        if best.aspect() <= WIDEST {
            break;
        }
        let sheet = on(strips);
        if sheet.aspect() >= best.aspect() || sheet.aspect() < 1.0 {
            break;
        }
        best = sheet;
    }
    best
}
