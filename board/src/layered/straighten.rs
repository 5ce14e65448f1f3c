//! Straight lines: what is joined one to one is put on one height, where its neighbours leave room. It runs after the
//! heights are settled and moves nothing past anything.

use super::mesh::Mesh;
use super::place::{Spacing, gaps};

/// A row of slots joined one to one, each with its height relative to the first.
type Run = Vec<(usize, f64)>;

/// Puts runs of slots of these columns (one band of one strip) on one height each; long lines first, then notes.
pub(super) fn straighten(mesh: &Mesh, columns: &[Vec<usize>], spacing: Spacing, reach: f64, y: &mut [f64]) {
    let mut limits: Vec<(Option<usize>, f64, Option<usize>, f64)> = Vec::new();
    let mut place = std::collections::HashMap::new();
    for column in columns {
        let gaps = gaps(mesh, column, spacing);
        for (nth, &slot) in column.iter().enumerate() {
            place.insert(slot, limits.len());
            let above = nth.checked_sub(1).map(|before| column[before]);
            let below = column.get(nth + 1).copied();
            let gap = |at: Option<&f64>| at.copied().unwrap_or(0.0);
            limits.push((
                above,
                nth.checked_sub(1).map_or(0.0, |at| gap(gaps.get(at))),
                below,
                gap(gaps.get(nth)),
            ));
        }
    }
    let inside = |slot: usize| place.contains_key(&slot);
    let lines = runs(mesh, columns, &inside, |left, right| mesh.slots[left].thin && mesh.slots[right].thin);
    let alone = |left: usize, right: usize| mesh.out[left].len() == 1 && mesh.into[right].len() == 1;
    let notes = runs(mesh, columns, &inside, alone);
    let mut level = |run: &Run| {
        let mut rest = run.as_slice();
        while !rest.is_empty() {
            // As far as one height is free all the way, the run is on one height; there it bends.
            let (mut low, mut high, mut count) = (f64::NEG_INFINITY, f64::INFINITY, 0);
            for &(slot, offset) in rest {
                let (above, gap_above, below, gap_below) = limits[place[&slot]];
                let (up, down) = (mesh.slots[slot].up, mesh.slots[slot].down);
                let least = above.map_or((up - reach).min(y[slot]), |above| y[above] + gap_above) - offset;
                let most = below.map_or((reach - down).max(y[slot]), |below| y[below] - gap_below) - offset;
                if low.max(least) > high.min(most) {
                    break;
                }
                (low, high, count) = (low.max(least), high.min(most), count + 1);
            }
            let (level, after) = rest.split_at(count.max(1));
            let middle =
                level.iter().map(|&(slot, offset)| y[slot] - offset).sum::<f64>() / level.len() as f64;
            if count > 0 {
                level.iter().for_each(|&(slot, offset)| y[slot] = middle.clamp(low, high) + offset);
            }
            rest = after;
        }
    };
    for _ in 0..3 {
        lines.iter().for_each(&mut level);
        notes.iter().for_each(&mut level);
    }
    lines.iter().for_each(&mut level);
}

/// The longest rows in which each slot follows the one before by a segment that `joins` takes.
fn runs(
    mesh: &Mesh,
    columns: &[Vec<usize>],
    inside: &impl Fn(usize) -> bool,
    joins: impl Fn(usize, usize) -> bool,
) -> Vec<Run> {
    let next = |slot: usize| {
        let segment = mesh.segments[*mesh.out[slot].first()? as usize];
        let joined = inside(segment.right) && joins(slot, segment.right);
        joined.then_some((segment.right, segment.left_dy - segment.right_dy))
    };
    let led_to = |slot: usize| {
        let into = mesh.into[slot].first().map(|&segment| mesh.segments[segment as usize].left);
        into.is_some_and(|left| inside(left) && joins(left, slot))
    };
    let mut runs = Vec::new();
    for &slot in columns.iter().flatten().filter(|&&slot| !led_to(slot)) {
        let mut run = vec![(slot, 0.0)];
        while let Some((right, by)) = next(run[run.len() - 1].0) {
            run.push((right, run[run.len() - 1].1 + by));
        }
        if run.len() > 1 {
            runs.push(run);
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    runs
}
