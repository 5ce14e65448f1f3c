//! Ranks: the column of each item, so that every link leads to the right. It must not know what stands above what.

/// What ranking needs of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranked {
    /// The height that it takes in its column.
    pub height: f64,
    /// The band it stands in; the columns of each band fill on their own.
    pub band: usize,
}

/// Ranks from 0 without holes: each link (from, to) has `rank[from] < rank[to]`. No band's column is higher than `tallest`
/// unless one item alone is. The links must hold no cycle.
pub(crate) fn ranks(items: &[Ranked], links: &[(usize, usize)], tallest: f64) -> Vec<usize> {
    let mut out = vec![Vec::new(); items.len()];
    let mut into = vec![Vec::new(); items.len()];
    for &(from, to) in links {
        out[from].push(to);
        into[to].push(from);
    }
    let bands = items.iter().map(|item| item.band + 1).max().unwrap_or(0);
    let mut full = Columns { heights: vec![Vec::new(); bands], tallest };
    let mut rank = vec![0; items.len()];
    let order = topological(&into, &out);
    let (alone, joined): (Vec<usize>, Vec<usize>) =
        order.iter().partition(|&&item| out[item].is_empty() && into[item].is_empty());
    for &item in &joined {
        let least = into[item].iter().map(|&before| rank[before] + 1).max().unwrap_or(0);
        rank[item] = full.first_room(items[item], least);
        full.fill(items[item], rank[item]);
    }
    // What leads only here may follow to the right without making any other link longer.
    let mut free = vec![false; items.len()];
    for &item in &joined {
        free[item] = into[item].iter().all(|&before| free[before] && out[before].len() == 1);
    }
    for &item in joined.iter().rev() {
        let Some(latest) = out[item].iter().map(|&after| rank[after] - 1).min() else { continue };
        let shorter = free[item] || out[item].len() > into[item].len();
        if shorter && let Some(later) = full.last_room(items[item], rank[item], latest) {
            full.clear(items[item], rank[item]);
            full.fill(items[item], later);
            rank[item] = later;
        }
    }
    spread(items, &alone, &mut rank, &mut full);
    close_holes(&mut rank);
    rank
}

/// Items without links fill the columns row by row, so that they read in the order of the text.
fn spread(items: &[Ranked], alone: &[usize], rank: &mut [usize], full: &mut Columns) {
    let widest = full.heights.iter().map(Vec::len).max().unwrap_or(0);
    let mut of_band: Vec<Vec<usize>> = vec![Vec::new(); full.heights.len()];
    for &item in alone {
        of_band[items[item].band].push(item);
    }
    for mut members in of_band {
        members.sort_unstable();
        let square = (members.len() as f64 * 1.8).sqrt().ceil() as usize;
        let rows = (full.tallest / 110.0).max(1.0);
        let columns =
            widest.max(square.min(members.len())).max((members.len() as f64 / rows).ceil() as usize).max(1);
        for (nth, item) in members.into_iter().enumerate() {
            rank[item] = nth % columns;
            full.fill(items[item], nth % columns);
        }
    }
}

struct Columns {
    heights: Vec<Vec<f64>>,
    tallest: f64,
}

impl Columns {
    fn room(&self, item: Ranked, rank: usize) -> bool {
        let used = self.heights[item.band].get(rank).copied().unwrap_or(0.0);
        used == 0.0 || used + item.height <= self.tallest
    }

    fn first_room(&self, item: Ranked, least: usize) -> usize {
        (least..).find(|&rank| self.room(item, rank)).unwrap_or(least)
    }

    fn last_room(&self, item: Ranked, now: usize, latest: usize) -> Option<usize> {
        (now + 1..=latest).rev().find(|&rank| self.room(item, rank))
    }

    fn fill(&mut self, item: Ranked, rank: usize) {
        let column = &mut self.heights[item.band];
        if column.len() <= rank {
            column.resize(rank + 1, 0.0);
        }
        column[rank] += item.height;
    }

    fn clear(&mut self, item: Ranked, rank: usize) {
        self.heights[item.band][rank] -= item.height;
    }
}

/// Each item after all that lead to it; of several that could be next, the first of the text.
fn topological(into: &[Vec<usize>], out: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = into.iter().map(Vec::len).collect();
    let ready = (0..into.len()).filter(|&item| waiting[item] == 0).map(std::cmp::Reverse);
    let mut ready: std::collections::BinaryHeap<_> = ready.collect();
    let mut order = Vec::with_capacity(into.len());
    while let Some(std::cmp::Reverse(item)) = ready.pop() {
        order.push(item);
        for &after in &out[item] {
            waiting[after] -= 1;
            if waiting[after] == 0 {
                ready.push(std::cmp::Reverse(after));
            }
        }
    }
    assert_eq!(order.len(), into.len(), "the links to rank hold a cycle");
    order
}

fn close_holes(rank: &mut [usize]) {
    let columns = rank.iter().map(|&rank| rank + 1).max().unwrap_or(0);
    let mut used = vec![false; columns];
    rank.iter().for_each(|&rank| used[rank] = true);
    let mut next = 0;
    let close = |&used: &bool| {
        next += usize::from(used);
        next - usize::from(used)
    };
    let closed: Vec<usize> = used.iter().map(close).collect();
    rank.iter_mut().for_each(|rank| *rank = closed[*rank]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: Ranked = Ranked { height: 10.0, band: 0 };

    #[test]
    fn every_link_leads_right_and_sources_stand_near() {
        let ranks = ranks(&[ITEM; 5], &[(0, 1), (1, 2), (2, 3), (4, 3)], f64::INFINITY);
        assert_eq!(ranks, [0, 1, 2, 3, 2]);
    }

    #[test]
    fn a_full_column_passes_the_rest_on() {
        let hub: Vec<(usize, usize)> = (1..7).map(|leaf| (0, leaf)).collect();
        assert_eq!(ranks(&[ITEM; 7], &hub, 20.0), [0, 1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn unlinked_items_fill_rows() {
        assert_eq!(ranks(&[ITEM; 5], &[], 1000.0), [0, 1, 2, 0, 1]);
    }
}
