//! The texts a model is made of, and places in them. It must not know how they were read.

/// The files of a model, in the order of their paths. Reading them from disk is somebody else's work.
#[derive(Debug, Clone, Default)]
pub struct SourceSet {
    /// The model's name: `name` of storm.toml, else the folder's name.
    pub name: String,
    /// The `.storm` files.
    pub files: Vec<SourceFile>,
    /// The other texts that the model names (`schema "…"`): DDL snapshots. Their ids follow those of `files`.
    pub schemas: Vec<SourceFile>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path relative to the model's folder, with `/` on every system.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A file of a [`SourceSet`]: an index into `files`, then `schemas`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A place in a file: byte offsets, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Which file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest span that holds both; both must stand in the same file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl SourceSet {
    /// The file of this id.
    ///
    /// # Panics
    /// When the id is not of this set.
    pub fn file(&self, id: FileId) -> &SourceFile {
        let index = id.0 as usize;
        self.files.get(index).unwrap_or_else(|| &self.schemas[index - self.files.len()])
    }

    /// The id of the schema file at this path, if the set has it.
    pub fn schema(&self, path: &str) -> Option<FileId> {
        let index = self.schemas.iter().position(|file| file.path == path)?;
        Some(FileId((self.files.len() + index) as u32))
    }

    /// The line (from 1) and column (from 1, in characters) of a span's start.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let before = &self.file(span.file).text[..span.start as usize];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The starts of all lines, for many places at once.
    pub fn lines(&self) -> Lines<'_> {
        let starts = |file: &SourceFile| {
            let ends = file.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect()
        };
        Lines { sources: self, starts: self.files.iter().chain(&self.schemas).map(starts).collect() }
    }

    /// `ordering.storm:48`: how generated code and reports point at a sentence.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.file(span.file).path, self.line_column(span).0)
    }
}

/// An index of the lines of a [`SourceSet`]: a place costs a search instead of a walk through its file.
#[derive(Debug)]
pub struct Lines<'s> {
    sources: &'s SourceSet,
    starts: Vec<Vec<u32>>,
}

impl Lines<'_> {
    /// The same as [`SourceSet::place`].
    pub fn place(&self, span: Span) -> String {
        let starts = &self.starts[span.file.0 as usize];
        let line = starts.partition_point(|start| *start <= span.start);
        format!("{}:{line}", self.sources.file(span.file).path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let set = SourceSet {
            name: "t".into(),
            files: vec![SourceFile { path: "a.storm".into(), text: "eins\nzwölf x\n".into() }],
            schemas: vec![],
        };
        let x = set.files[0].text.find('x').unwrap() as u32;
        let span = Span { file: FileId(0), start: x, end: x + 1 };
        assert_eq!(set.line_column(span), (2, 7));
        assert_eq!(set.place(span), "a.storm:2");
        assert_eq!(set.lines().place(span), "a.storm:2");
        assert_eq!(set.lines().place(Span { start: 0, ..span }), "a.storm:1");
    }
}
