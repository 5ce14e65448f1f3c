//! Geometry that knows nothing of columns: where turned stickies reach, and how often drawn lines cross.

use std::collections::HashSet;

use storm_board::{Layout, Placed, Point, Rect};

/// The upright rectangle around a sticky as it is drawn.
pub fn turned(note: &Placed) -> Rect {
    let (sin, cos) = note.turn.abs().to_radians().sin_cos();
    let (width, height) =
        (note.rect.width * cos + note.rect.height * sin, note.rect.width * sin + note.rect.height * cos);
    let middle = note.rect.middle();
    Rect { x: middle.x - width / 2.0, y: middle.y - height / 2.0, width, height }
}

/// How many times two drawn arrows cross, found from their lines alone.
pub fn crossings(layout: &Layout) -> usize {
    let mut parts: Vec<(usize, Point, Point)> = Vec::new();
    for (arrow, line) in layout.arrows.iter().enumerate() {
        let points = line.path.flattened(16);
        parts.extend(points.windows(2).map(|pair| (arrow, pair[0], pair[1])));
    }
    parts.sort_by(|a, b| a.1.x.min(a.2.x).total_cmp(&b.1.x.min(b.2.x)));
    let mut found = HashSet::new();
    for (nth, &(arrow, a, b)) in parts.iter().enumerate() {
        let right = a.x.max(b.x);
        for &(other, c, d) in parts[nth + 1..].iter().take_while(|(_, c, d)| c.x.min(d.x) <= right) {
            let apart = a.y.max(b.y) < c.y.min(d.y) || c.y.max(d.y) < a.y.min(b.y);
            if other == arrow || apart {
                continue;
            }
            if let Some(at) = meet(a, b, c, d) {
                // A crossing at the joint of two parts is found by each of them.
                found.insert((
                    arrow.min(other),
                    arrow.max(other),
                    (at.x / 2.0).round() as i64,
                    (at.y / 2.0).round() as i64,
                ));
            }
        }
    }
    found.len()
}

/// Where two stretches of line cross.
fn meet(a: Point, b: Point, c: Point, d: Point) -> Option<Point> {
    let cross = |o: Point, p: Point, q: Point| (p.x - o.x) * (q.y - o.y) - (p.y - o.y) * (q.x - o.x);
    let (c_side, d_side) = (cross(a, b, c), cross(a, b, d));
    let (a_side, b_side) = (cross(c, d, a), cross(c, d, b));
    if (c_side > 0.0) == (d_side > 0.0) || (a_side > 0.0) == (b_side > 0.0) {
        return None;
    }
    let t = c_side / (c_side - d_side);
    Some(Point { x: c.x + (d.x - c.x) * t, y: c.y + (d.y - c.y) * t })
}
