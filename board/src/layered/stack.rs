//! From heights to places: bands below each other, strips below each other, columns beside each other with gutters wide
//! enough for their curves. It must not know what is drawn there.

use super::mesh::{Mesh, OUTSIDE};
use super::place::{Spacing, bands, gaps, settle};
use crate::path::Rect;

/// The measures of a sheet, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub spacing: Spacing,
    /// Kept free at the left of each band, for its name.
    pub rail: f64,
    /// Kept free at the top and the bottom of each band.
    pub top: f64,
    pub bottom: f64,
    /// Kept free at both ends of each strip.
    pub side: f64,
    /// Between two bands.
    pub between: f64,
    /// The least height of a band.
    pub least: f64,
    /// Straight line before and after each item.
    pub stub: f64,
    /// The least width between two columns.
    pub gutter: f64,
    /// How many bands there are; those without an item are shown empty.
    pub bands: usize,
}

const ANYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
/// Between two lines of a channel.
pub(crate) const TRACK: f64 = 10.0;

/// Where everything is.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub width: f64,
    pub height: f64,
    /// The middle of each slot.
    pub y: Vec<f64>,
    /// The left side of each column, and its width with the straight lines.
    pub columns: Vec<(f64, f64)>,
    /// Each band's place in each strip.
    pub areas: Vec<(usize, Rect)>,
    /// The first column of each strip.
    pub cuts: Vec<usize>,
    /// For each cut but the first: the top of the channel before its strip.
    pub channels: Vec<f64>,
}

impl Sheet {
    pub(crate) fn aspect(&self) -> f64 {
        self.width / self.height
    }
}

/// Stacks the bands and strips of `mesh`, whose slots have their heights within strip and band in `y`.
pub(crate) fn stack(mesh: &Mesh, cuts: &[usize], mut y: Vec<f64>, style: &Style) -> Sheet {
    let count = mesh.columns.len();
    let end = |strip: usize| cuts.get(strip + 1).copied().unwrap_or(count);
    let mut areas = Vec::new();
    let mut channels = Vec::new();
    let mut top = 0.0;
    let mut used = vec![false; style.bands];
    mesh.slots.iter().filter(|slot| slot.band != OUTSIDE).for_each(|slot| used[slot.band] = true);
    for (strip, &first) in cuts.iter().enumerate() {
        if strip > 0 {
            channels.push(top + 6.0);
            top += 22.0 + mesh.gaps[first - 1].len() as f64 * TRACK;
        }
        let present = bands(mesh, first..end(strip));
        for band in (0..style.bands).filter(|band| present.contains(band) || (strip == 0 && !used[*band])) {
            let slots: Vec<usize> = mesh.columns[first..end(strip)]
                .iter()
                .flatten()
                .copied()
                .filter(|&slot| mesh.slots[slot].band == band)
                .collect();
            let highest =
                slots.iter().map(|&slot| y[slot] - mesh.slots[slot].up).fold(f64::INFINITY, f64::min);
            let lowest =
                slots.iter().map(|&slot| y[slot] + mesh.slots[slot].down).fold(f64::NEG_INFINITY, f64::max);
            let content = if slots.is_empty() { 0.0 } else { lowest - highest };
            let height = f64::max(style.top + content + style.bottom, style.least);
            let spare = (height - style.top - content - style.bottom) / 2.0;
            slots.iter().for_each(|&slot| y[slot] += top + style.top + spare - highest);
            areas.push((band, Rect { x: 0.0, y: top, width: 0.0, height }));
            top += height + style.between;
        }
        top -= style.between;
    }
    let height = f64::max(top, 0.0);
    let outside = settle_outside(mesh, &mut y, height, style.spacing);
    let gutters: Vec<f64> = mesh.gaps.iter().map(|gap| gutter(mesh, gap, &y, style.gutter)).collect();
    let mut columns = vec![(0.0, 0.0); count];
    let mut right: f64 = 0.0;
    let inner = count - usize::from(outside);
    for (strip, &first) in cuts.iter().enumerate() {
        let margin =
            |loaded: bool, gap: usize| if loaded { mesh.gaps[gap].len() as f64 * TRACK + 14.0 } else { 0.0 };
        let mut x = style.rail + style.side + margin(strip > 0, first.wrapping_sub(1));
        let last = end(strip).min(inner);
        for column in first..last {
            let width = if mesh.widths[column] > 0.0 { mesh.widths[column] + 2.0 * style.stub } else { 0.0 };
            columns[column] = (x, width);
            x += width + if column + 1 < last { gutters[column] } else { 0.0 };
        }
        x += margin(strip + 1 < cuts.len(), end(strip).wrapping_sub(1));
        right = right.max(x + style.side);
    }
    areas.iter_mut().for_each(|(_, area)| area.width = right);
    if outside {
        let (column, width) = (count - 1, mesh.widths[count - 1] + 2.0 * style.stub);
        columns[column] = (right + if count > 1 { gutters[column - 1] } else { 0.0 }, width);
        right = columns[column].0 + width;
    }
    Sheet { width: right, height: bottom(mesh, &y, height), y, columns, areas, cuts: cuts.to_vec(), channels }
}

/// Places what stands right of all bands beside what it is joined to. Whether there is anything.
fn settle_outside(mesh: &Mesh, y: &mut [f64], height: f64, spacing: Spacing) -> bool {
    let Some(column) =
        mesh.columns.last().filter(|column| column.iter().any(|&slot| mesh.slots[slot].band == OUTSIDE))
    else {
        return false;
    };
    let wanted: Vec<f64> = column
        .iter()
        .map(|&slot| {
            let ends = mesh.into[slot].iter().map(|&segment| {
                let segment = mesh.segments[segment as usize];
                y[segment.left] + segment.left_dy - segment.right_dy
            });
            let count = mesh.into[slot].len() as f64;
            if count > 0.0 { ends.sum::<f64>() / count } else { height / 2.0 }
        })
        .collect();
    let places = settle(&wanted, &vec![1.0; wanted.len()], &gaps(mesh, column, spacing), ANYWHERE);
    let first = mesh.slots[column[0]].up;
    let shift = f64::max(first - places[0], 0.0);
    column.iter().zip(places).for_each(|(&slot, at)| y[slot] = at + shift);
    true
}

fn bottom(mesh: &Mesh, y: &[f64], height: f64) -> f64 {
    let outside = (0..mesh.slots.len()).filter(|&slot| mesh.slots[slot].band == OUTSIDE);
    outside.map(|slot| y[slot] + mesh.slots[slot].down).fold(height, f64::max)
}

/// Wider where curves climb far or are many.
fn gutter(mesh: &Mesh, gap: &[u32], y: &[f64], least: f64) -> f64 {
    let climb = |&segment: &u32| {
        let segment = mesh.segments[segment as usize];
        (y[segment.left] + segment.left_dy - y[segment.right] - segment.right_dy).abs()
    };
    let steepest = gap.iter().map(climb).fold(0.0, f64::max);
    let many = gap.iter().filter(|&segment| climb(segment) > 30.0).count() as f64;
    (least + f64::min(steepest * 0.07, 70.0) + f64::min(many * 2.0, 60.0)).round()
}
