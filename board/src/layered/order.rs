//! The order in each column: fewer crossings by barycentres, sweep after sweep, and by swapping neighbours. A try counts
//! only if the total falls, so the picture of an unchanged part stays as it was. Bands keep their order.

use super::mesh::Mesh;

/// Sweeps without a better total before a try ends.
const PATIENCE: usize = 4;
/// Sweeps of one try.
const SWEEPS: usize = 24;

/// Orders the columns of `mesh`; returns how many pairs of segments cross. `tries` beyond the first begin from other orders.
pub(crate) fn untangle(mesh: &mut Mesh, tries: usize) -> usize {
    let begin = mesh.columns.clone();
    let mut best = (crossings(mesh), mesh.columns.clone());
    for nth in 0..tries {
        mesh.columns.clone_from(&begin);
        if nth > 0 {
            shuffle(mesh, nth as u64);
        }
        improve(mesh, nth % 2 == 0, &mut best);
        if best.0 == 0 {
            break;
        }
    }
    mesh.columns = best.1;
    best.0
}

/// One try: sweeps until they no longer help.
fn improve(mesh: &mut Mesh, rightwards_first: bool, best: &mut (usize, Vec<Vec<usize>>)) {
    let mut at = mesh.positions();
    let mut own = usize::MAX;
    let mut worse = 0;
    for sweep in 0..SWEEPS {
        let rightwards = (sweep % 2 == 0) == rightwards_first;
        let count = mesh.columns.len();
        for step in 0..count {
            let column = if rightwards { step } else { count - 1 - step };
            by_barycentre(mesh, column, rightwards, &mut at);
        }
        swap_neighbours(mesh, &mut at);
        let total = crossings(mesh);
        if total < best.0 {
            *best = (total, mesh.columns.clone());
        }
        worse = if total < own { 0 } else { worse + 1 };
        own = own.min(total);
        if worse == PATIENCE || total == 0 {
            return;
        }
    }
}

/// Sorts one column by the middle of what each slot is joined to on one side. Slots joined to nothing keep their places.
fn by_barycentre(mesh: &mut Mesh, column: usize, from_left: bool, at: &mut [f64]) {
    let order = std::mem::take(&mut mesh.columns[column]);
    let middle = |slot: usize| {
        let ends: &[u32] = if from_left { &mesh.into[slot] } else { &mesh.out[slot] };
        let key =
            |&segment: &u32| if from_left { mesh.left_key(segment, at) } else { mesh.right_key(segment, at) };
        (!ends.is_empty()).then(|| ends.iter().map(key).sum::<f64>() / ends.len() as f64)
    };
    let middles: Vec<Option<f64>> = order.iter().map(|&slot| middle(slot)).collect();
    let mut movable: Vec<usize> = (0..order.len()).filter(|&nth| middles[nth].is_some()).collect();
    let places = movable.clone();
    movable.sort_by(|&a, &b| {
        let band = |nth: usize| mesh.slots[order[nth]].band;
        let middle = |nth: usize| middles[nth].unwrap_or(0.0);
        band(a).cmp(&band(b)).then(middle(a).total_cmp(&middle(b)))
    });
    let mut sorted = order.clone();
    for (place, nth) in places.into_iter().zip(movable) {
        sorted[place] = order[nth];
    }
    sorted.iter().enumerate().for_each(|(nth, &slot)| at[slot] = nth as f64);
    mesh.columns[column] = sorted;
}

/// Swaps neighbours of one band where fewer segments cross then.
fn swap_neighbours(mesh: &mut Mesh, at: &mut [f64]) {
    for _ in 0..6 {
        let mut swapped = false;
        for column in 0..mesh.columns.len() {
            for nth in 1..mesh.columns[column].len() {
                let (above, below) = (mesh.columns[column][nth - 1], mesh.columns[column][nth]);
                if mesh.slots[above].band == mesh.slots[below].band && gain(mesh, above, below, at) > 0 {
                    mesh.columns[column].swap(nth - 1, nth);
                    (at[above], at[below]) = (nth as f64, (nth - 1) as f64);
                    swapped = true;
                }
            }
        }
        if !swapped {
            return;
        }
    }
}

/// How many crossings a swap of two neighbours takes away.
fn gain(mesh: &Mesh, above: usize, below: usize, at: &[f64]) -> isize {
    let side = |ends: &[Vec<u32>], left: bool| {
        if ends[above].is_empty() || ends[below].is_empty() {
            return 0;
        }
        let keys = |slot: usize| {
            let key =
                |&segment: &u32| if left { mesh.left_key(segment, at) } else { mesh.right_key(segment, at) };
            let mut keys: Vec<f64> = ends[slot].iter().map(key).collect();
            keys.sort_unstable_by(f64::total_cmp);
            keys
        };
        let (upper, lower) = (keys(above), keys(below));
        pairs_above(&lower, &upper) - pairs_above(&upper, &lower)
    };
    side(&mesh.into, true) + side(&mesh.out, false)
}

/// How many pairs (a, b) have a < b; both lists sorted.
fn pairs_above(a: &[f64], b: &[f64]) -> isize {
    let mut smaller = 0;
    let mut pairs = 0;
    for &key in b {
        while smaller < a.len() && a[smaller] < key {
            smaller += 1;
        }
        pairs += smaller as isize;
    }
    pairs
}

/// How many pairs of segments cross.
pub(crate) fn crossings(mesh: &Mesh) -> usize {
    let at = mesh.positions();
    let mut total = 0;
    for gap in &mesh.gaps {
        let ends = |&segment: &u32| (mesh.left_key(segment, &at), mesh.right_key(segment, &at));
        let mut ends: Vec<(f64, f64)> = gap.iter().map(ends).collect();
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut right: Vec<f64> = ends.into_iter().map(|(_, right)| right).collect();
        let mut merged = right.clone();
        total += inversions(&mut right, &mut merged);
    }
    total
}

fn inversions(keys: &mut [f64], merged: &mut [f64]) -> usize {
    let half = keys.len() / 2;
    if half == 0 {
        return 0;
    }
    let mut count = inversions(&mut keys[..half], &mut merged[..half]);
    count += inversions(&mut keys[half..], &mut merged[half..]);
    let (mut left, mut right) = (0, half);
    for place in merged.iter_mut() {
        if right == keys.len() || (left < half && keys[left] <= keys[right]) {
            *place = keys[left];
            left += 1;
        } else {
            count += half - left;
            *place = keys[right];
            right += 1;
        }
    }
    keys.copy_from_slice(merged);
    count
}

/// Another order to begin from: the same each time for the same number.
fn shuffle(mesh: &mut Mesh, number: u64) {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for column in 0..mesh.columns.len() {
        let mut keyed: Vec<(usize, u64, usize)> =
            mesh.columns[column].iter().map(|&slot| (mesh.slots[slot].band, next(), slot)).collect();
        keyed.sort_unstable();
        mesh.columns[column] = keyed.into_iter().map(|(_, _, slot)| slot).collect();
    }
}
