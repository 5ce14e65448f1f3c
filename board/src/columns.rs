//! How many columns: ranks whose columns are no higher than the picture bears, and how often the stream is wrapped.
//! Paper has a shape, and a wall too: neither a tower nor a ribbon.

use crate::layered::rank::{Ranked, ranks};

/// No wider than this times its height only to save paper.
const WIDEST: f64 = 2.5;
/// Pixels that a column needs beside the width of its items.
const BESIDE: f64 = 70.0;

/// Ranks of `items` (with their `widths`) whose columns make a sheet not narrower than `target` times its height, as far
/// as full columns can be spread over more of them; of several such, those that need the least paper.
pub(crate) fn spread_ranks(
    items: &[Ranked],
    widths: &[f64],
    links: &[(usize, usize)],
    target: f64,
) -> Vec<usize> {
    let mut now = ranks(items, links, f64::INFINITY);
    let (_, heights) = size(items, widths, &now);
    let mut tallest = heights.iter().copied().fold(0.0, f64::max);
    let mut best: Option<(f64, Vec<usize>)> = None;
    loop {
        let (width, heights) = size(items, widths, &now);
        let height = heights.iter().sum::<f64>().max(1.0);
        let shape = width / height;
        let fits = shape >= target && (shape <= WIDEST || best.is_none());
        if fits && best.as_ref().is_none_or(|(area, _)| width * height < *area) {
            best = Some((width * height, now.clone()));
        }
        if shape >= WIDEST || tallest < 250.0 {
            return best.map_or(now, |(_, ranks)| ranks);
        }
        tallest *= 0.85;
        now = ranks(items, links, tallest);
    }
}

/// About how wide and how high the sheet of these ranks is, the height for each band.
pub(crate) fn size(items: &[Ranked], widths: &[f64], ranks: &[usize]) -> (f64, Vec<f64>) {
    let columns = ranks.iter().map(|rank| rank + 1).max().unwrap_or(0);
    let bands = items.iter().map(|item| item.band + 1).max().unwrap_or(0);
    let mut column = vec![0.0; columns];
    let mut heights = vec![vec![0.0; columns]; bands];
    for ((item, &width), &rank) in items.iter().zip(widths).zip(ranks) {
        column[rank] = f64::max(column[rank], width);
        heights[item.band][rank] += item.height;
    }
    let width = column.iter().map(|width| width + BESIDE).sum();
    (width, heights.into_iter().map(|band| band.into_iter().fold(0.0, f64::max)).collect())
}

/// The width of each column of these ranks.
pub(crate) fn column_widths(widths: &[f64], ranks: &[usize]) -> Vec<f64> {
    let columns = ranks.iter().map(|rank| rank + 1).max().unwrap_or(0);
    let mut column = vec![0.0; columns];
    widths.iter().zip(ranks).for_each(|(&width, &rank)| column[rank] = f64::max(column[rank], width));
    column.iter().map(|width| width + BESIDE).collect()
}
