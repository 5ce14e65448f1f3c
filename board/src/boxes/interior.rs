//! The inside of one box: its notes in columns, wrapped to the shape of a screen, and its doors: the places in its left
//! and right wall where links pass. It must not know where the box stands.

use std::collections::HashMap;

use crate::columns::{column_widths, size, spread_ranks};
use crate::layered::rank::Ranked;
use crate::layered::trace::Tracks;
use crate::layered::{Item, Link, Mesh, Sheet, Style, cuts, cycle, fold, order, place, stack, trace};
use crate::layout::begins;
use crate::path::{Path, Point};
use crate::plan::{BARE, SPACING, item, room};
use crate::wall::Wall;

/// The shape a box aims at: that of a screen.
const SHAPE: f64 = 1.6;

const INSIDE: Style = Style { top: 58.0, bottom: 26.0, side: 16.0, least: 130.0, ..BARE };

/// A link through the box's wall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    pub flow: usize,
    /// The note inside.
    pub note: usize,
    /// In the right wall.
    pub right: bool,
}

/// A box from inside; its top left corner is at zero.
pub(super) struct Interior {
    pub width: f64,
    pub height: f64,
    pub crossings: usize,
    mesh: Mesh,
    sheet: Sheet,
    tracks: Tracks,
    members: Vec<usize>,
    /// Each flow within the box: its link, and whether it runs against the flow.
    inner: Vec<(usize, usize, bool)>,
    /// Each door's item and link, by flow.
    doors: HashMap<usize, (Door, usize, usize)>,
    links: Vec<Link>,
}

impl Interior {
    pub fn new(wall: &Wall, members: &[usize], flows: &[usize], doors: &[Door], name: f64) -> Interior {
        let place_of: HashMap<usize, usize> =
            members.iter().enumerate().map(|(nth, &note)| (note, nth)).collect();
        let ends = |flow: &usize| (place_of[&wall.flows[*flow].from], place_of[&wall.flows[*flow].to]);
        let pairs: Vec<(usize, usize)> = flows.iter().map(ends).collect();
        let starts: Vec<usize> =
            (0..members.len()).filter(|&nth| begins(wall.notes[members[nth]].kind)).collect();
        let against = cycle::against(members.len(), &pairs, &starts);
        let mut spans: Vec<(usize, usize)> = pairs.clone();
        spans
            .iter_mut()
            .zip(&against)
            .filter(|(_, against)| **against)
            .for_each(|(pair, _)| *pair = (pair.1, pair.0));
        let ranked: Vec<Ranked> =
            members.iter().map(|&note| Ranked { height: room(wall, note), band: 0 }).collect();
        let widths: Vec<f64> = members.iter().map(|&note| wall.width(note)).collect();
        let ranks = spread_ranks(&ranked, &widths, &spans, SHAPE * 0.8);
        let cuts = wrapping(&ranked, &widths, &ranks, &spans);
        let strip_of = |rank: usize| cuts.iter().rposition(|&cut| cut <= rank).unwrap_or(0);
        // Each strip has a column for the doors at its left and one at its right.
        let column_of = |rank: usize| rank + 2 * strip_of(rank) + 1;
        let last = ranks.iter().map(|rank| rank + 1).max().unwrap_or(0);
        let first_of = |strip: usize| cuts[strip] + 2 * strip;
        let last_of = |strip: usize| cuts.get(strip + 1).copied().unwrap_or(last) + 2 * strip + 1;

        let mut items: Vec<Item> =
            members.iter().zip(&ranks).map(|(&note, &rank)| item(wall, note, column_of(rank), 0)).collect();
        let mut links: Vec<Link> =
            spans.iter().map(|&(from, to)| Link { from, to, from_dy: 0.0, to_dy: 0.0 }).collect();
        let mut by_flow = HashMap::new();
        for &door in doors {
            let note = place_of.get(&door.note).copied().unwrap_or(0);
            let strip = strip_of(ranks[note]);
            let column = if door.right { last_of(strip) } else { first_of(strip) };
            by_flow.insert(door.flow, (door, items.len(), links.len()));
            let (from, to) = if door.right { (note, items.len()) } else { (items.len(), note) };
            items.push(Item { up: 0.0, down: 0.0, width: 0.0, column, band: 0, fan: 0.0 });
            links.push(Link { from, to, from_dy: 0.0, to_dy: 0.0 });
        }
        let first_columns: Vec<usize> = (0..cuts.len()).map(first_of).collect();
        let mut mesh = Mesh::new(&items, &links, last_of(cuts.len() - 1) + 1);
        let tries = if mesh.slots.len() < 200 { 6 } else { 2 };
        let crossings = order::untangle(&mut mesh, tries);
        mesh.spread_ends();
        let sheet = stack(&mesh, &first_columns, place::heights(&mesh, &first_columns, SPACING), &INSIDE);
        let tracks = trace::tracks(&mesh, &sheet);
        let inner = flows.iter().enumerate().map(|(link, &flow)| (flow, link, against[link])).collect();
        let (width, height) = (f64::max(sheet.width, name + 40.0), sheet.height);
        let crossings = crossings + beside_doors(&mesh, &first_columns);
        Interior {
            width,
            height,
            crossings,
            mesh,
            sheet,
            tracks,
            members: members.to_vec(),
            inner,
            doors: by_flow,
            links,
        }
    }

    /// The middle of each note.
    pub fn places(&self) -> impl Iterator<Item = (usize, Point)> {
        self.members.iter().enumerate().map(|(nth, &note)| {
            let (left, width) = self.sheet.columns[self.mesh.slots[nth].column];
            (note, Point { x: left + width / 2.0, y: self.sheet.y[nth] })
        })
    }

    /// The lines of the flows that stay inside, in the direction of their arrows.
    pub fn lines(&self, wall: &Wall) -> Vec<(usize, Path, bool)> {
        let line = |&(flow, link, against): &(usize, usize, bool)| {
            let width = |end: usize| wall.notes[self.members[end]].width;
            let widths = (width(self.links[link].from), width(self.links[link].to));
            let path = trace::trace(&self.mesh, &self.sheet, &self.tracks, link, widths);
            (flow, if against { path.reversed() } else { path }, against)
        };
        self.inner.iter().map(line).collect()
    }

    /// How far below the top the flow's door is.
    pub fn door(&self, flow: usize) -> f64 {
        self.sheet.y[self.doors[&flow].1]
    }

    /// The way inside of a flow that passes a door, from left to right.
    pub fn way(&self, wall: &Wall, flow: usize) -> Path {
        let (door, _, link) = self.doors[&flow];
        let width = wall.notes[door.note].width;
        let widths = if door.right { (width, 0.0) } else { (0.0, width) };
        trace::trace(&self.mesh, &self.sheet, &self.tracks, link, widths)
    }
}

/// Crossings at the ends of strips that the columns do not show: a link that goes on in the next strip turns down across
/// the doors below it, and comes in across the doors above it.
fn beside_doors(mesh: &Mesh, first_columns: &[usize]) -> usize {
    let mut total = 0;
    for &first in &first_columns[1..] {
        let (mut passing, mut doors) = (0, 0);
        for &slot in &mesh.columns[first - 1] {
            if mesh.out[slot].is_empty() { total += passing } else { passing += 1 }
        }
        for &slot in &mesh.columns[first] {
            if mesh.into[slot].is_empty() { doors += 1 } else { total += doors }
        }
    }
    total
}

/// The first rank of each strip, for a box of about the shape of a screen.
fn wrapping(items: &[Ranked], widths: &[f64], ranks: &[usize], spans: &[(usize, usize)]) -> Vec<usize> {
    let (width, heights) = size(items, widths, ranks);
    let height = heights.iter().sum::<f64>() + 90.0;
    let strips = (width / (SHAPE * height)).sqrt().round().max(1.0);
    let columns = column_widths(widths, ranks);
    let loads = fold::loads(columns.len(), spans.iter().map(|&(from, to)| (ranks[from], ranks[to])));
    if width < 900.0 { vec![0] } else { cuts(&columns, &loads, strips as usize) }
}
