//! A band for each context, all on the same columns: time runs from left to right through the whole system. Reads best up
//! to a dozen contexts.

use crate::columns::spread_ranks;
use crate::layered::mesh::OUTSIDE;
use crate::layered::rank::Ranked;
use crate::layered::{Link, Mesh, Sheet, Style, cuts, cycle, order, place, stack, trace};
use crate::path::Point;
use crate::plan::{Area, BARE, Plan, SPACING, item, loop_at, room};
use crate::wall::Wall;

/// Wider than this many times its height, a wall is wrapped.
const WIDEST: f64 = 3.1;
/// What fits on one screen is not wrapped.
const NARROW: f64 = 2000.0;
/// Pixels of title, legend and margins above and below.
const FURNITURE: f64 = 190.0;

const LANE: Style =
    Style { rail: 150.0, top: 24.0, bottom: 24.0, side: 14.0, between: 14.0, least: 84.0, ..BARE };

/// Arranges the notes in lanes.
pub(crate) fn lanes(wall: &Wall, starts: &[usize]) -> Plan {
    let members: Vec<usize> = (0..wall.notes.len()).filter(|&note| wall.notes[note].host.is_none()).collect();
    let mut place_of = vec![usize::MAX; wall.notes.len()];
    members.iter().enumerate().for_each(|(nth, &note)| place_of[note] = nth);
    let free: Vec<usize> = (0..wall.flows.len()).filter(|&flow| !wall.stuck(&wall.flows[flow])).collect();
    let pairs: Vec<(usize, usize)> =
        free.iter().map(|&flow| (place_of[wall.flows[flow].from], place_of[wall.flows[flow].to])).collect();
    let starts: Vec<usize> =
        starts.iter().map(|&note| place_of[note]).filter(|&place| place != usize::MAX).collect();
    let against = cycle::against(members.len(), &pairs, &starts);
    let lane_of = lane_order(wall);
    let columns = ranks(wall, &members, &pairs, &against);
    let items: Vec<_> = members
        .iter()
        .zip(&columns)
        .map(|(&note, &column)| {
            let band = wall.notes[note].band;
            item(wall, note, column, if band == wall.readers { OUTSIDE } else { lane_of[band] })
        })
        .collect();
    let linked: Vec<usize> = (0..pairs.len()).filter(|&nth| pairs[nth].0 != pairs[nth].1).collect();
    let links: Vec<Link> = linked
        .iter()
        .map(|&nth| {
            let (from, to) = if against[nth] { (pairs[nth].1, pairs[nth].0) } else { pairs[nth] };
            Link { from, to, from_dy: 0.0, to_dy: 0.0 }
        })
        .collect();
    let count = columns.iter().map(|column| column + 1).max().unwrap_or(0);
    let mut mesh = Mesh::new(&items, &links, count);
    let tries = if mesh.slots.len() < 400 { 8 } else { 2 };
    let crossings = order::untangle(&mut mesh, tries);
    mesh.spread_ends();
    let bands = lane_of.iter().filter(|&&lane| lane != usize::MAX).count();
    let sheet = wrapped(&mesh, &Style { bands, ..LANE });

    let mut plan = Plan::new(wall);
    (plan.width, plan.height, plan.crossings) = (sheet.width, sheet.height, crossings);
    let band_of = |lane: usize| lane_of.iter().position(|&it| it == lane).unwrap_or(wall.loose);
    plan.areas =
        sheet.areas.iter().map(|&(lane, rect)| Area { band: band_of(lane), rect, rail: true }).collect();
    for (nth, &note) in members.iter().enumerate() {
        let (left, width) = sheet.columns[columns[nth]];
        plan.at[note] = Point { x: left + width / 2.0, y: sheet.y[nth] };
    }
    let tracks = trace::tracks(&mesh, &sheet);
    for (link, &nth) in linked.iter().enumerate() {
        let width = |end: usize| wall.notes[members[end]].width;
        let path =
            trace::trace(&mesh, &sheet, &tracks, link, (width(links[link].from), width(links[link].to)));
        plan.lines[free[nth]] = Some((if against[nth] { path.reversed() } else { path }, against[nth]));
    }
    for (nth, &flow) in free.iter().enumerate().filter(|(nth, _)| pairs[*nth].0 == pairs[*nth].1) {
        let note = members[pairs[nth].0];
        plan.lines[flow] = Some((loop_at(wall, note, plan.at[note]), true));
    }
    plan
}

/// About the shape that lanes would have: width by height.
pub(crate) fn shape(wall: &Wall, plan: &Plan) -> f64 {
    if wall.notes.is_empty() { 1.0 } else { plan.width / (plan.height + FURNITURE) }
}

/// The column of each member; readers stand in the last.
fn ranks(wall: &Wall, members: &[usize], pairs: &[(usize, usize)], against: &[bool]) -> Vec<usize> {
    let outside = |place: usize| wall.notes[members[place]].band == wall.readers;
    let inner: Vec<usize> = (0..members.len()).filter(|&place| !outside(place)).collect();
    let mut inner_of = vec![usize::MAX; members.len()];
    inner.iter().enumerate().for_each(|(nth, &place)| inner_of[place] = nth);
    let ranked = |&place: &usize| {
        let note = members[place];
        Ranked { height: room(wall, note), band: wall.notes[note].band }
    };
    let items: Vec<Ranked> = inner.iter().map(ranked).collect();
    let widths: Vec<f64> = inner.iter().map(|&place| wall.width(members[place])).collect();
    let links: Vec<(usize, usize)> = pairs
        .iter()
        .zip(against)
        .filter(|((from, to), _)| from != to && !outside(*from) && !outside(*to))
        .map(|(&(from, to), &against)| if against { (to, from) } else { (from, to) })
        .map(|(from, to)| (inner_of[from], inner_of[to]))
        .collect();
    let ranks = spread_ranks(&items, &widths, &links, 1.35);
    let last = ranks.iter().map(|rank| rank + 1).max().unwrap_or(0);
    let mut columns = vec![last; members.len()];
    inner.iter().zip(ranks).for_each(|(&place, rank)| columns[place] = rank);
    columns
}

/// The sheet with the fewest strips that is not too wide.
fn wrapped(mesh: &Mesh, style: &Style) -> Sheet {
    let widths: Vec<f64> = mesh.widths.iter().map(|width| width + 80.0).collect();
    let loads: Vec<usize> = mesh.gaps.iter().map(Vec::len).collect();
    let mut best: Option<Sheet> = None;
    for strips in 1..=mesh.columns.len().clamp(1, 40) {
        let cuts = cuts(&widths, &loads, strips);
        let sheet = stack(mesh, &cuts, place::heights(mesh, &cuts, SPACING), style);
        let aspect = sheet.width / (sheet.height + FURNITURE);
        let narrow = sheet.width < NARROW;
        let better = best.as_ref().is_none_or(|best| sheet.aspect() < best.aspect() && aspect > 1.0);
        if better {
            best = Some(sheet);
        }
        if narrow || aspect <= WIDEST {
            break;
        }
    }
    best.unwrap_or_else(|| stack(mesh, &[0], vec![0.0; mesh.slots.len()], style))
}

/// The lane of each band: contexts that talk stand near each other, and where it makes no difference they keep the order
/// of the text. Loose stickies come last; without any they have no lane.
fn lane_order(wall: &Wall) -> Vec<usize> {
    let contexts = wall.loose;
    let mut talk = vec![vec![0_usize; contexts]; contexts];
    for flow in &wall.flows {
        let (from, to) = (wall.notes[flow.from].band, wall.notes[flow.to].band);
        if from < contexts && to < contexts && from != to {
            talk[from][to] += 1;
            talk[to][from] += 1;
        }
    }
    let cost = |order: &[usize]| -> usize {
        let pair = |a: usize, b: usize| talk[order[a]][order[b]] * (b - a);
        (0..order.len()).map(|a| (a + 1..order.len()).map(|b| pair(a, b)).sum::<usize>()).sum()
    };
    let mut order: Vec<usize> = (0..contexts).collect();
    let mut least = cost(&order);
    loop {
        let mut moved = false;
        for from in 0..contexts {
            for to in 0..contexts {
                let mut other = order.clone();
                let context = other.remove(from);
                other.insert(to, context);
                let total = cost(&other);
                if total < least {
                    (order, least, moved) = (other, total, true);
                }
            }
        }
        if !moved {
            break;
        }
    }
    let mut lane_of = vec![usize::MAX; contexts + 1];
    order.iter().enumerate().for_each(|(lane, &context)| lane_of[context] = lane);
    if wall.notes.iter().any(|note| note.band == wall.loose) {
        lane_of[wall.loose] = contexts;
    }
    lane_of
}
