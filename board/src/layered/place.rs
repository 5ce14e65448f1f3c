//! Heights: each slot near the middle of what it is joined to, links straight where they can be, nothing overlapping.
//! Each band of each strip is placed on its own; stacking them is somebody else's work.

use super::mesh::{Mesh, OUTSIDE};
use super::straighten::straighten;

/// Space between two slots of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spacing {
    /// Between two items.
    pub items: f64,
    /// Between an item and a link.
    pub mixed: f64,
    /// Between two links.
    pub links: f64,
}

/// How much higher than its tallest column a band may be.
const SLACK: f64 = 1.12;
/// Rounds of settling.
const ROUNDS: usize = 16;

/// The height of each slot's middle, from any zero within its strip and band. `cuts` has the first column of each strip.
pub(crate) fn heights(mesh: &Mesh, cuts: &[usize], spacing: Spacing) -> Vec<f64> {
    let mut y = vec![0.0; mesh.slots.len()];
    for (nth, &first) in cuts.iter().enumerate() {
        let end = cuts.get(nth + 1).copied().unwrap_or(mesh.columns.len());
        for band in bands(mesh, first..end) {
            let of_band = |column: &Vec<usize>| {
                column.iter().copied().filter(|&slot| mesh.slots[slot].band == band).collect::<Vec<usize>>()
            };
            let columns: Vec<Vec<usize>> = mesh.columns[first..end].iter().map(of_band).collect();
            settle_band(mesh, &columns, (first, end, band), spacing, &mut y);
        }
    }
    y
}

/// The bands with slots in these columns, in their order, without those outside.
pub(crate) fn bands(mesh: &Mesh, columns: std::ops::Range<usize>) -> Vec<usize> {
    let slots = mesh.columns[columns].iter().flatten();
    let mut bands: Vec<usize> =
        slots.map(|&slot| mesh.slots[slot].band).filter(|&band| band != OUTSIDE).collect();
    bands.sort_unstable();
    bands.dedup();
    bands
}

fn settle_band(
    mesh: &Mesh,
    columns: &[Vec<usize>],
    (first, end, band): (usize, usize, usize),
    spacing: Spacing,
    y: &mut [f64],
) {
    let gaps: Vec<Vec<f64>> = columns.iter().map(|column| gaps(mesh, column, spacing)).collect();
    // No column spreads further than the tallest needs, and a little: a band is as high as what stands in it.
    let ends = |column: &[usize]| match column {
        [first, .., last] => (mesh.slots[*first].up, mesh.slots[*last].down),
        [only] => (mesh.slots[*only].up, mesh.slots[*only].down),
        [] => (0.0, 0.0),
    };
    let tall = |(column, gaps): (&Vec<usize>, &Vec<f64>)| {
        let (up, down) = ends(column);
        up + gaps.iter().sum::<f64>() + down
    };
    let reach = columns.iter().zip(&gaps).map(tall).fold(0.0, f64::max) * SLACK / 2.0;
    for (column, gaps) in columns.iter().zip(&gaps) {
        let height: f64 = gaps.iter().sum();
        let alone = |&slot: &usize| mesh.into[slot].is_empty() && mesh.out[slot].is_empty();
        let rows = column.iter().all(alone);
        let mut at = if rows { ends(column).0 - reach / SLACK } else { -height / 2.0 };
        for (nth, &slot) in column.iter().enumerate() {
            at += if nth > 0 { gaps[nth - 1] } else { 0.0 };
            y[slot] = at;
        }
    }
    let near = |slot: usize| {
        let slot = mesh.slots[slot];
        slot.band == band && (first..end).contains(&slot.column)
    };
    for round in 0..ROUNDS {
        let last = round + 2 >= ROUNDS;
        for step in 0..columns.len() {
            let nth = if round % 2 == 0 { step } else { columns.len() - 1 - step };
            let (left, right) = (last || round % 2 == 0, last || round % 2 == 1);
            let (mut wanted, mut weights) = (Vec::new(), Vec::new());
            for &slot in &columns[nth] {
                let (want, weight) = wish(mesh, slot, left, right, &near, y);
                wanted.push(want);
                weights.push(weight);
            }
            let (up, down) = ends(&columns[nth]);
            let bounds = (up - reach, reach - down);
            for (&slot, at) in columns[nth].iter().zip(settle(&wanted, &weights, &gaps[nth], bounds)) {
                y[slot] = at;
            }
        }
    }
    straighten(mesh, columns, spacing, reach, y);
}

/// Where a slot would like to be, and how much.
fn wish(
    mesh: &Mesh,
    slot: usize,
    left: bool,
    right: bool,
    near: &impl Fn(usize) -> bool,
    y: &[f64],
) -> (f64, f64) {
    let (mut sum, mut weights) = (0.0, 0.0);
    let mut pull = |far: usize, far_dy: f64, own_dy: f64| {
        if near(far) {
            let weight = match (mesh.slots[slot].thin, mesh.slots[far].thin) {
                (true, true) => 8.0,
                (false, false) => 1.0,
                _ => 2.0,
            };
            sum += (y[far] + far_dy - own_dy) * weight;
            weights += weight;
        }
    };
    for &segment in mesh.into[slot].iter().filter(|_| left) {
        let segment = mesh.segments[segment as usize];
        pull(segment.left, segment.left_dy, segment.right_dy);
    }
    for &segment in mesh.out[slot].iter().filter(|_| right) {
        let segment = mesh.segments[segment as usize];
        pull(segment.right, segment.right_dy, segment.left_dy);
    }
    if weights > 0.0 { (sum / weights, weights) } else { (y[slot], 0.2) }
}

/// The least distance from the middle of each slot to the next one's.
pub(crate) fn gaps(mesh: &Mesh, column: &[usize], spacing: Spacing) -> Vec<f64> {
    let gap = |pair: &[usize]| {
        let (above, below) = (mesh.slots[pair[0]], mesh.slots[pair[1]]);
        let space = match (above.thin, below.thin) {
            (false, false) => spacing.items,
            (true, true) => spacing.links,
            _ => spacing.mixed,
        };
        above.down + space + below.up
    };
    column.windows(2).map(gap).collect()
}

/// The places nearest to the wanted ones (least squares) that keep the order, the gaps and, if there is room, the bounds
/// of the first and the last: pool adjacent violators.
pub(crate) fn settle(wanted: &[f64], weights: &[f64], gaps: &[f64], bounds: (f64, f64)) -> Vec<f64> {
    struct Pool {
        at: f64,
        weight: f64,
        count: usize,
    }
    let mut pools: Vec<Pool> = Vec::with_capacity(wanted.len());
    let mut offset = 0.0;
    for (nth, (&want, &weight)) in wanted.iter().zip(weights).enumerate() {
        offset += if nth > 0 { gaps[nth - 1] } else { 0.0 };
        pools.push(Pool { at: want - offset, weight, count: 1 });
        while let [.., above, below] = pools.as_mut_slice()
            && above.at > below.at
        {
            let weight = above.weight + below.weight;
            above.at = (above.at * above.weight + below.at * below.weight) / weight;
            (above.weight, above.count) = (weight, above.count + below.count);
            pools.pop();
        }
    }
    let (low, high) = (bounds.0, f64::max(bounds.1 - gaps.iter().sum::<f64>(), bounds.0));
    let mut places = Vec::with_capacity(wanted.len());
    let mut offset = 0.0;
    for pool in pools {
        for _ in 0..pool.count {
            offset += if places.is_empty() { 0.0 } else { gaps[places.len() - 1] };
            places.push(pool.at.clamp(low, high) + offset);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    #[test]
    fn neighbours_are_pushed_apart_by_their_weights() {
        assert_eq!(settle(&[0.0, 0.0], &[1.0, 1.0], &[10.0], ANY), [-5.0, 5.0]);
        assert_eq!(settle(&[0.0, 0.0], &[3.0, 1.0], &[10.0], ANY), [-2.5, 7.5]);
        assert_eq!(settle(&[0.0, 50.0], &[1.0, 1.0], &[10.0], ANY), [0.0, 50.0]);
        assert_eq!(settle(&[0.0, 50.0], &[1.0, 1.0], &[10.0], (0.0, 30.0)), [0.0, 30.0]);
    }
}
