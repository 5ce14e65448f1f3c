//! Points, rectangles and the lines that arrows follow.

/// A place on the picture in pixels; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Its left side.
    pub x: f64,
    /// Its top side.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// The right side.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// The bottom side.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// The middle.
    pub fn middle(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Whether the two have more than a line in common.
    pub fn overlaps(&self, other: &Rect) -> bool {
        let (a, b) = (self, other);
        a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
    }

    /// Whether `other` lies inside, sides included.
    pub fn holds(&self, other: &Rect) -> bool {
        let within = self.x <= other.x && other.right() <= self.right();
        within && self.y <= other.y && other.bottom() <= self.bottom()
    }

    pub(crate) fn shifted(self, by: Point) -> Rect {
        Rect { x: self.x + by.x, y: self.y + by.y, ..self }
    }
}

/// A part of a path, from where the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece {
    /// A straight line.
    Line(Point),
    /// A cubic Bézier curve: two handles and the end.
    Curve(Point, Point, Point),
}

impl Piece {
    /// Where it ends.
    pub fn end(&self) -> Point {
        match *self {
            Piece::Line(end) | Piece::Curve(_, _, end) => end,
        }
    }
}

/// A line that an arrow follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where it begins.
    pub start: Point,
    /// Its parts.
    pub pieces: Vec<Piece>,
}

impl Path {
    pub(crate) fn new(start: Point) -> Path {
        Path { start, pieces: Vec::new() }
    }

    /// Where it ends.
    pub fn end(&self) -> Point {
        self.pieces.last().map_or(self.start, Piece::end)
    }

    /// A straight line on, joined to one before it if that leads the same way.
    pub(crate) fn line(&mut self, to: Point) {
        let from = self.end();
        if from == to {
            return;
        }
        let before = self.pieces.len().checked_sub(2).map_or(self.start, |nth| self.pieces[nth].end());
        if let Some(Piece::Line(end)) = self.pieces.last_mut() {
            let same = |a: f64, b: f64, c: f64| (a - b).abs() < 1e-6 && (b - c).abs() < 1e-6;
            if same(before.y, end.y, to.y) || same(before.x, end.x, to.x) {
                *end = to;
                return;
            }
        }
        self.pieces.push(Piece::Line(to));
    }

    /// A curve on to `to`, level at both ends.
    pub(crate) fn swing(&mut self, to: Point) {
        let from = self.end();
        if (from.y - to.y).abs() < 0.05 {
            return self.line(to);
        }
        let half = (from.x + to.x) / 2.0;
        let handles = (Point { x: half, y: from.y }, Point { x: half, y: to.y });
        self.pieces.push(Piece::Curve(handles.0, handles.1, to));
    }

    /// A round corner: on towards `corner`, then to `to`.
    pub(crate) fn bend(&mut self, corner: Point, to: Point) {
        let from = self.end();
        let near = |end: Point| Point {
            x: corner.x + (end.x - corner.x) * 0.45,
            y: corner.y + (end.y - corner.y) * 0.45,
        };
        self.pieces.push(Piece::Curve(near(from), near(to), to));
    }

    /// The same way, back.
    pub(crate) fn reversed(&self) -> Path {
        let mut back = Path::new(self.end());
        for (nth, piece) in self.pieces.iter().enumerate().rev() {
            let to = nth.checked_sub(1).map_or(self.start, |before| self.pieces[before].end());
            back.pieces.push(match *piece {
                Piece::Line(_) => Piece::Line(to),
                Piece::Curve(first, second, _) => Piece::Curve(second, first, to),
            });
        }
        back
    }

    /// On along `next`, which begins where this ends.
    pub(crate) fn append(&mut self, next: &Path) {
        self.line(next.start);
        for piece in &next.pieces {
            match *piece {
                Piece::Line(to) => self.line(to),
                curve => self.pieces.push(curve),
            }
        }
    }

    pub(crate) fn shifted(&self, by: Point) -> Path {
        let moved = |point: Point| Point { x: point.x + by.x, y: point.y + by.y };
        let pieces = self.pieces.iter().map(|piece| match *piece {
            Piece::Line(to) => Piece::Line(moved(to)),
            Piece::Curve(first, second, to) => Piece::Curve(moved(first), moved(second), moved(to)),
        });
        Path { start: moved(self.start), pieces: pieces.collect() }
    }

    /// Points along it, at most `step` parts for a curve.
    pub fn flattened(&self, steps: usize) -> Vec<Point> {
        let mut points = vec![self.start];
        for piece in &self.pieces {
            let from = points[points.len() - 1];
            match *piece {
                Piece::Line(to) => points.push(to),
                Piece::Curve(a, b, to) => {
                    for step in 1..=steps {
                        let t = step as f64 / steps as f64;
                        let u = 1.0 - t;
                        let (w, v) =
                            ([u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t], [from, a, b, to]);
                        let sum = |of: fn(&Point) -> f64| w.iter().zip(&v).map(|(w, p)| w * of(p)).sum();
                        points.push(Point { x: sum(|p| p.x), y: sum(|p| p.y) });
                    }
                }
            }
        }
        points
    }
}
