//! The line of each link: level through its slots, curved between columns, around the end of a strip where the stream is
//! cut. It must not know which way the arrow points.

use std::collections::HashMap;

use super::mesh::Mesh;
use super::stack::{Sheet, TRACK};
use crate::path::{Path, Point};

/// The places of the links of one cut in its channel: by segment, the track from outside at the right and the channel, and
/// at the left.
pub(crate) struct Tracks {
    of: HashMap<usize, (f64, f64)>,
    count: HashMap<usize, f64>,
}

/// Gives each segment that is cut through a track of its own, nested so that only what crosses anyway crosses here.
pub(crate) fn tracks(mesh: &Mesh, sheet: &Sheet) -> Tracks {
    let mut tracks = Tracks { of: HashMap::new(), count: HashMap::new() };
    for &cut in sheet.cuts.iter().skip(1) {
        let gap = &mesh.gaps[cut - 1];
        let at = |slot: usize, dy: f64| sheet.y[slot] + dy;
        let start =
            |index: u32| at(mesh.segments[index as usize].left, mesh.segments[index as usize].left_dy);
        let end =
            |index: u32| at(mesh.segments[index as usize].right, mesh.segments[index as usize].right_dy);
        let mut by_start = gap.clone();
        by_start.sort_by(|&a, &b| start(a).total_cmp(&start(b)).then(end(a).total_cmp(&end(b))));
        for (nth, &segment) in by_start.iter().enumerate() {
            tracks.of.insert(segment as usize, ((gap.len() - 1 - nth) as f64, 0.0));
        }
        let mut by_end = gap.clone();
        by_end.sort_by(|&a, &b| end(a).total_cmp(&end(b)).then(start(a).total_cmp(&start(b))));
        for (nth, &segment) in by_end.iter().enumerate() {
            if let Some(track) = tracks.of.get_mut(&(segment as usize)) {
                track.1 = nth as f64;
            }
        }
        tracks.count.insert(cut, gap.len() as f64);
    }
    tracks
}

/// The line of one link from left to right, between the sides of its items, which are `widths` wide.
pub(crate) fn trace(mesh: &Mesh, sheet: &Sheet, tracks: &Tracks, link: usize, widths: (f64, f64)) -> Path {
    let segments = mesh.segments_of(link);
    let first = mesh.segments[segments.start];
    let column = sheet.columns[mesh.slots[first.left].column];
    let start_y = sheet.y[first.left] + first.left_dy;
    let mut path = Path::new(Point { x: column.0 + (column.1 + widths.0) / 2.0, y: start_y });
    let last = segments.end - 1;
    for index in segments {
        let segment = mesh.segments[index];
        let (from, to) = (mesh.slots[segment.left].column, mesh.slots[segment.right].column);
        let (left, right) = (sheet.columns[from], sheet.columns[to]);
        let start = Point { x: left.0 + left.1, y: sheet.y[segment.left] + segment.left_dy };
        let end = Point { x: right.0, y: sheet.y[segment.right] + segment.right_dy };
        path.line(start);
        match sheet.cuts.iter().skip(1).position(|&cut| cut == to) {
            Some(nth) => around(&mut path, start, end, sheet.channels[nth], tracks, (index, to)),
            None => path.swing(end),
        }
        if index == last {
            path.line(Point { x: right.0 + (right.1 - widths.1) / 2.0, y: end.y });
        }
    }
    path
}

/// Around the right end of a strip, left through the channel, into the next strip.
fn around(
    path: &mut Path,
    start: Point,
    end: Point,
    channel: f64,
    tracks: &Tracks,
    (segment, cut): (usize, usize),
) {
    let (outer, inner) = tracks.of[&segment];
    let count = tracks.count[&cut];
    let right = start.x + 12.0 + outer * TRACK;
    let left = end.x - 12.0 - inner * TRACK;
    let level = channel + (outer + 0.5) * TRACK;
    let radius = f64::min(8.0, TRACK * 0.8);
    debug_assert!(outer < count && inner < count);
    let at = |x, y| Point { x, y };
    path.line(at(right - radius, start.y));
    path.bend(at(right, start.y), at(right, start.y + radius));
    path.line(at(right, level - radius));
    path.bend(at(right, level), at(right - radius, level));
    path.line(at(left + radius, level));
    path.bend(at(left, level), at(left, level + radius));
    path.line(at(left, end.y - radius));
    path.bend(at(left, end.y), at(left + radius, end.y));
    path.line(end);
}
