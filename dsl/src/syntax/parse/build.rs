//! What every part of the tree is built with: places, names, findings, and the walk through a body. It must not know
//! any construct.

use super::braces;
use super::damage;
use super::grammar::{Pair, Rule};
use crate::diagnostic::{self, Diagnostic};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Doc, Name, Path};

/// How many findings a file may have before the rest is only counted.
const FINDINGS: usize = 100;

pub(super) static MORE_ERRORS: diagnostic::Rule = diagnostic::Rule {
    code: "S0120",
    title: "a file has more than 100 errors of syntax",
    explain: "After a hundred errors the next one says nothing new: the rest of the file is counted and not listed. Most often the \
        file is not a `.storm` file at all, or one early mistake is repeated.\n\n\
        Mend the first ones and check again.\n",
};

/// The state of one file's reading.
pub(super) struct Build<'t> {
    /// The file.
    pub(super) file: FileId,
    /// How many places could not be read so far; what grew over a declaration poisons it.
    pub(super) damages: usize,
    /// Where the text being read differs from the file's: a misspelled keyword was replaced.
    pub(super) repair: Option<Repair>,
    text: &'t str,
    diagnostics: Vec<Diagnostic>,
    /// How many damaged places were not looked at, because there are findings enough.
    passed_over: usize,
}

/// A piece of the file in which one word was replaced by the one that was meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repair {
    /// Where the piece begins in the file.
    pub(super) start: usize,
    /// Where the word begins in the piece.
    pub(super) at: usize,
    /// The length of the word that was written.
    pub(super) written: usize,
    /// The length of the word that was meant.
    pub(super) meant: usize,
}

impl<'t> Build<'t> {
    /// Nothing read yet.
    pub(super) fn new(file: FileId, text: &'t str, diagnostics: Vec<Diagnostic>) -> Self {
        Build { file, damages: 0, repair: None, text, diagnostics, passed_over: 0 }
    }

    /// The findings in the order of their places, the first hundred.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|finding| finding.labels[0].span.start);
        self.one_a_line();
        if self.diagnostics.len() > FINDINGS {
            let left = self.diagnostics.len() - FINDINGS + self.passed_over;
            let span = self.diagnostics[FINDINGS].labels[0].span;
            self.diagnostics.truncate(FINDINGS);
            self.diagnostics.push(
                Diagnostic::error(
                    &MORE_ERRORS,
                    span,
                    format!("{left} more errors of syntax from here on are not listed"),
                )
                .help("mend the first ones and check again"),
            );
        }
        self.diagnostics
    }

    /// Of the findings that one slip leaves on a line only the first says what to mend.
    fn one_a_line(&mut self) {
        let text = self.text;
        let mut last: Option<usize> = None;
        self.diagnostics.retain(|finding| {
            let at = finding.labels[0].span.start as usize;
            let follows = last.is_some_and(|last| !text[last..at].contains('\n'));
            last = Some(at);
            !(follows && damage::may_follow(finding.rule))
        });
    }

    /// Whether a place stands further to the right on its line than another on its own.
    pub(super) fn indented(&self, place: Span, other: Span) -> bool {
        self.column(place) > self.column(other)
    }

    fn column(&self, place: Span) -> usize {
        let before = &self.text[..place.start as usize];
        before.len() - before.rfind('\n').map_or(0, |at| at + 1)
    }

    /// Whether a place ends with a `}`.
    pub(super) fn ends_with_brace(&self, place: Span) -> bool {
        self.text[..place.end as usize].ends_with('}')
    }

    /// Takes a finding.
    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.diagnostics.push(finding);
    }

    /// How many findings there are; unchanged means that nothing was wrong in between.
    pub(super) fn findings(&self) -> usize {
        self.diagnostics.len() + self.passed_over
    }

    /// Whether there are so many findings that a damaged place is only counted.
    pub(super) fn passes_over(&mut self) -> bool {
        let enough = self.diagnostics.len() > 10 * FINDINGS;
        self.damages += usize::from(enough);
        self.passed_over += usize::from(enough);
        enough
    }

    /// A place of the text being read, in the file.
    pub(super) fn span_of(&self, start: usize, end: usize) -> Span {
        let (start, end) = (self.offset(start), self.offset(end));
        Span { file: self.file, start, end: end.max(start) }
    }

    fn offset(&self, at: usize) -> u32 {
        let at = match self.repair {
            None => at,
            Some(repair) if at <= repair.at => repair.start + at,
            Some(repair) if at >= repair.at + repair.meant => {
                repair.start + at - repair.meant + repair.written
            }
            Some(repair) => repair.start + repair.at,
        };
        at.min(self.text.len()) as u32
    }

    /// What a pair covers, without the blanks at its end.
    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let start = pair.as_span().start();
        self.span_of(start, start + pair.as_str().trim_end().len())
    }

    /// A `name`, without its back-ticks.
    pub(super) fn name(&self, pair: &Pair<'_>) -> Name {
        Name { text: pair.as_str().trim_matches('`').to_owned(), span: self.span(pair) }
    }

    /// A `path`.
    pub(super) fn path(&self, pair: Pair<'_>) -> Path {
        Path { names: pair.into_inner().map(|name| self.name(&name)).collect() }
    }

    /// All paths directly below a pair.
    pub(super) fn paths(&self, pair: Pair<'_>) -> Vec<Path> {
        pair.into_inner().filter(|part| part.as_rule() == Rule::path).map(|part| self.path(part)).collect()
    }

    /// All names directly below a pair.
    pub(super) fn names(&self, pair: Pair<'_>) -> Vec<Name> {
        pair.into_inner().filter(|part| part.as_rule() == Rule::name).map(|part| self.name(&part)).collect()
    }

    /// A `doc`.
    pub(super) fn doc(&self, pair: Pair<'_>) -> Doc {
        let span = self.span(&pair);
        let lines = pair.into_inner().map(|line| {
            let line = line.as_str()[3..].trim_end();
            line.strip_prefix(' ').unwrap_or(line).to_owned()
        });
        Doc { text: lines.collect::<Vec<_>>().join("\n"), span }
    }

    /// Walks the parts of a declaration: what its header could not be read of is reported, `read` gets the rest.
    pub(super) fn parts<'p>(&mut self, pair: Pair<'p>, mut read: impl FnMut(&mut Self, Pair<'p>)) {
        let start = pair.as_span().start();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::bad_header => damage::header(self, start, &part),
                _ => read(self, part),
            }
        }
    }

    /// Walks a body: `read` gets each member, what could not be read is reported against `line`, the rule of a member.
    pub(super) fn body<'p>(&mut self, pair: Pair<'p>, line: Rule, mut read: impl FnMut(&mut Self, Pair<'p>)) {
        let before = self.findings();
        let (mut opened, mut after_damage) = (None, false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::open => opened = Some(self.span(&part)),
                Rule::no_open => braces::open_missing(self, &part),
                Rule::missing => braces::close_missing(self, &part, opened, before),
                Rule::bad_line | Rule::bad_inner_line | Rule::bad_step_line => {
                    damage::line(self, &part, line, after_damage);
                    after_damage = true;
                    continue;
                }
                _ => {
                    let damages = self.damages;
                    read(self, part);
                    after_damage = self.damages > damages;
                }
            }
        }
    }
}
