//! The columns, the slots in them and the segments between neighbouring columns. A link over several columns gets a slot
//! of its own in each, so that nothing else can stand where it runs.

/// The band of items that stand outside of all bands.
pub(crate) const OUTSIDE: usize = usize::MAX;

/// Something to be placed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// How far it reaches above its middle, in pixels.
    pub up: f64,
    /// How far it reaches below.
    pub down: f64,
    pub width: f64,
    pub column: usize,
    /// Its band; bands are stacked in the order of their numbers.
    pub band: usize,
    /// The height over which its links' ends may be spread; 0 if each link says itself where it ends.
    pub fan: f64,
}

/// A link from left to right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub from: usize,
    pub to: usize,
    /// Where it leaves, below the middle of `from`.
    pub from_dy: f64,
    /// Where it ends, below the middle of `to`.
    pub to_dy: f64,
}

/// A place in a column: an item's, or one kept for a link to pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub column: usize,
    pub band: usize,
    pub up: f64,
    pub down: f64,
    pub fan: f64,
    /// A link passes here, or ends in a wall.
    pub thin: bool,
}

/// The part of a link between two neighbouring columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub left: usize,
    pub right: usize,
    pub left_dy: f64,
    pub right_dy: f64,
}

/// Columns, slots, segments. The first slots are the items, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Mesh {
    pub slots: Vec<Slot>,
    /// The width of each column.
    pub widths: Vec<f64>,
    /// The slots of each column from top to bottom.
    pub columns: Vec<Vec<usize>>,
    pub segments: Vec<Segment>,
    /// Where each link's segments begin; one more entry than links.
    pub starts: Vec<usize>,
    /// The segments that end at each slot, and those that leave it.
    pub into: Vec<Vec<u32>>,
    pub out: Vec<Vec<u32>>,
    /// The segments between each column and the next.
    pub gaps: Vec<Vec<u32>>,
}

/// Half of the height of a slot kept for a link.
const PASS: f64 = 3.0;

impl Mesh {
    /// Columns with the items in their order, and each link's slots beside the item that it leaves.
    pub fn new(items: &[Item], links: &[Link], columns: usize) -> Mesh {
        let slot = |item: &Item| {
            let Item { up, down, column, band, fan, .. } = *item;
            Slot { column, band, up, down, fan, thin: up + down < 1.0 }
        };
        let mut slots: Vec<Slot> = items.iter().map(slot).collect();
        let mut places: Vec<Vec<(usize, usize, usize)>> = vec![Vec::new(); columns];
        let mut widths = vec![0.0; columns];
        for (index, item) in items.iter().enumerate() {
            places[item.column].push((item.band, index, index));
            widths[item.column] = f64::max(widths[item.column], item.width);
        }
        let (mut segments, mut starts) = (Vec::new(), vec![0]);
        for link in links {
            let (from, to) = (items[link.from], items[link.to]);
            assert!(from.column < to.column, "a link must lead to the right");
            let (mut left, mut left_dy) = (link.from, link.from_dy);
            for (column, places) in places.iter_mut().enumerate().take(to.column).skip(from.column + 1) {
                let right = slots.len();
                let band = if from.band == OUTSIDE { to.band } else { from.band };
                slots.push(Slot { column, band, up: PASS, down: PASS, fan: 0.0, thin: true });
                places.push((band, link.from, right));
                segments.push(Segment { left, right, left_dy, right_dy: 0.0 });
                (left, left_dy) = (right, 0.0);
            }
            segments.push(Segment { left, right: link.to, left_dy, right_dy: link.to_dy });
            starts.push(segments.len());
        }
        let mut into = vec![Vec::new(); slots.len()];
        let mut out = vec![Vec::new(); slots.len()];
        let mut gaps = vec![Vec::new(); columns.saturating_sub(1)];
        for (index, segment) in segments.iter().enumerate() {
            out[segment.left].push(index as u32);
            into[segment.right].push(index as u32);
            gaps[slots[segment.left].column].push(index as u32);
        }
        let in_order = |mut column: Vec<(usize, usize, usize)>| {
            column.sort_unstable();
            column.into_iter().map(|(_, _, slot)| slot).collect()
        };
        let columns = places.into_iter().map(in_order).collect();
        Mesh { slots, widths, columns, segments, starts, into, out, gaps }
    }

    /// The segments of a link, left to right.
    pub fn segments_of(&self, link: usize) -> std::ops::Range<usize> {
        self.starts[link]..self.starts[link + 1]
    }

    /// Spreads the ends of links over the sides of the items that they meet, in the order of their other ends.
    pub fn spread_ends(&mut self) {
        let at = self.positions();
        for slot in 0..self.slots.len() {
            let fan = self.slots[slot].fan;
            if fan == 0.0 {
                continue;
            }
            let mut into = self.into[slot].clone();
            into.sort_by(|&a, &b| self.left_key(a, &at).total_cmp(&self.left_key(b, &at)).then(a.cmp(&b)));
            for (nth, &segment) in into.iter().enumerate() {
                self.segments[segment as usize].right_dy = spread(nth, into.len(), fan);
            }
            let mut out = self.out[slot].clone();
            out.sort_by(|&a, &b| self.right_key(a, &at).total_cmp(&self.right_key(b, &at)).then(a.cmp(&b)));
            for (nth, &segment) in out.iter().enumerate() {
                self.segments[segment as usize].left_dy = spread(nth, out.len(), fan);
            }
        }
    }

    /// The position of each slot in its column.
    pub fn positions(&self) -> Vec<f64> {
        let mut at = vec![0.0; self.slots.len()];
        for column in &self.columns {
            column.iter().enumerate().for_each(|(nth, &slot)| at[slot] = nth as f64);
        }
        at
    }

    /// Where a segment's left end stands among the ends in its column.
    pub fn left_key(&self, segment: u32, at: &[f64]) -> f64 {
        let Segment { left, left_dy, .. } = self.segments[segment as usize];
        at[left] + self.share(left, left_dy)
    }

    /// Where a segment's right end stands among the ends in its column.
    pub fn right_key(&self, segment: u32, at: &[f64]) -> f64 {
        let Segment { right, right_dy, .. } = self.segments[segment as usize];
        at[right] + self.share(right, right_dy)
    }

    /// How far down its slot an end is, from 0 to below 1. Ends that are still to be spread are all at one place.
    fn share(&self, slot: usize, dy: f64) -> f64 {
        let Slot { up, down, fan, .. } = self.slots[slot];
        if fan > 0.0 || up + down == 0.0 { 0.5 } else { ((dy + up) / (up + down)).clamp(0.0, 1.0) * 0.99 }
    }
}

/// How far below the middle the `nth` of `count` ends is.
fn spread(nth: usize, count: usize, fan: f64) -> f64 {
    let step = if count > 1 { f64::min(16.0, fan / (count - 1) as f64) } else { 0.0 };
    (nth as f64 - (count as f64 - 1.0) / 2.0) * step
}
