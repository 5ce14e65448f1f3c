//! Names, texts and numbers with their places.

use crate::source::Span;

/// A word that names something, without its back-ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// `a.b.c`, at least one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The names between the points.
    pub names: Vec<Name>,
}

/// A string literal with its escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// Its place, the quotes included.
    pub span: Span,
}

/// A whole number, underscores removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub value: u64,
    /// Its place.
    pub span: Span,
}

/// `200ms`, `3s`, `1m`, `24h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationLiteral {
    /// Milliseconds.
    pub millis: u64,
    /// Its place.
    pub span: Span,
}

/// `400 B`, `1MB`, `50GB` (powers of 1000; `KiB`, `MiB`, `GiB` powers of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLiteral {
    /// Bytes.
    pub bytes: u64,
    /// Its place.
    pub span: Span,
}

impl Path {
    /// From the first name to the last.
    pub fn span(&self) -> Span {
        self.names[0].span.to(self.names[self.names.len() - 1].span)
    }

    /// The names joined by points.
    pub fn text(&self) -> String {
        self.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".")
    }
}
