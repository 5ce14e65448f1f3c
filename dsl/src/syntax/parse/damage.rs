//! What is wrong with what a catch-all ate: the piece is matched once more against what should have stood there, and the
//! furthest place that the grammar reached tells what was expected and what was found. It must not know the tree.

use super::braces;
use super::build::Build;
use super::entry::NOT_ANNOTATED;
use super::expected::{self, Expected};
use super::grammar::{Pair, Rule};
use super::stop::{Stop, begins_a_member, closed, is_word, last_annotation, only_docs, place, stop, token};
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::suggest::nearest;

pub(super) static UNEXPECTED: diagnostic::Rule = diagnostic::Rule {
    code: "S0101",
    title: "something else should stand here",
    explain: "The sentence cannot go on with what was found. The message says what would have fitted; the rest of the file was read.\n\n\
        ```storm\ncommand PlaceOrder on Order ->\n```\n\nMended:\n\n```storm\ncommand PlaceOrder on Order -> OrderPlaced\n```\n\n\
        A word that begins a clause is a name only in back-ticks: `` if `after` > 3 ``.\n",
};

pub(super) static UNKNOWN_WORD: diagnostic::Rule = diagnostic::Rule {
    code: "S0102",
    title: "a word begins nothing that can stand here",
    explain: "Declarations and clauses begin with one of a few words. A word that is none of them is most often mistyped.\n\n\
        ```storm\nevnt OrderPlaced on Order\n```\n\nMended:\n\n```storm\nevent OrderPlaced on Order\n```\n",
};

pub(super) static TEXT_NOT_CLOSED: diagnostic::Rule = diagnostic::Rule {
    code: "S0105",
    title: "a text is not closed",
    explain: "A text goes from `\"` to `\"` and stays on its line; a line end in it is written `\\n`.\n\n\
        ```storm\nowner \"team-orders\n```\n\nMended:\n\n```storm\nowner \"team-orders\"\n```\n",
};

pub(super) static TWO_ON_A_LINE: diagnostic::Rule = diagnostic::Rule {
    code: "S0106",
    title: "two things stand on a line without a comma",
    explain: "Members and clauses are separated by a line end or a comma, declarations by a line end. Without one, a small slip would be \
        read as something else.\n\n\
        ```storm\nevent OrderPaid { order_id total: f64 }\n```\n\nMended:\n\n```storm\nevent OrderPaid { order_id, total: f64 }\n```\n",
};

pub(super) static ANNOTATION_AFTER: diagnostic::Rule = diagnostic::Rule {
    code: "S0108",
    title: "an annotation stands before what it marks",
    explain: "After a type an annotation would slide to the next line's field. It stands before its field or declaration, on the same line \
        or the line before.\n\n\
        ```storm\nevent OrderPlaced {\n  email: string @pii\n}\n```\n\nMended:\n\n```storm\nevent OrderPlaced {\n  @pii email: string\n}\n```\n",
};

pub(super) static DOC_AFTER: diagnostic::Rule = diagnostic::Rule {
    code: "S0109",
    title: "a doc stands before what it describes",
    explain: "`/// …` describes the declaration, field or enum value that follows, and reaches the contracts and the code. A remark for the \
        reader of the model alone is `// …` and stands anywhere.\n\n\
        ```storm\nevent OrderPlaced {\n  total: f64   /// in euros\n}\n```\n\nMended:\n\n\
        ```storm\nevent OrderPlaced {\n  /// in euros\n  total: f64\n}\n```\n",
};

/// Whether a finding of this rule may be but the consequence of another one on its line.
pub(super) fn may_follow(rule: &diagnostic::Rule) -> bool {
    [
        &UNEXPECTED,
        &TWO_ON_A_LINE,
        &ANNOTATION_AFTER,
        &DOC_AFTER,
        &braces::BRACE_MISSING,
        &braces::BRACE_TOO_MANY,
    ]
    .iter()
    .any(|other| other.code == rule.code)
}

/// A line in a body whose members are a `rule`. After another damaged line, a word of some other construct says only
/// that the damage goes on.
pub(super) fn line(build: &mut Build<'_>, pair: &Pair<'_>, rule: Rule, after_damage: bool) {
    if build.passes_over() {
        return;
    }
    let start = pair.as_span().start();
    let stop = stop(pair.get_input(), start, start + pair.as_str().len(), rule);
    match after_damage && !stop.after_something() && expected::is_keyword(stop.found) {
        true => build.damages += 1,
        false => report(build, &stop),
    }
}

/// A header that began at `start`.
pub(super) fn header(build: &mut Build<'_>, start: usize, bad: &Pair<'_>) {
    if build.passes_over() {
        return;
    }
    let stop = stop(bad.get_input(), start, bad.as_span().end(), Rule::heads);
    report(build, &stop);
}

/// What stands between declarations. Gives the place in the piece and the length of a misspelled word that should begin
/// a declaration, and what was meant. After a damaged declaration, anything else says only that the damage goes on.
pub(super) fn entry(
    build: &mut Build<'_>,
    pair: &Pair<'_>,
    rule: Rule,
    after_damage: bool,
) -> Option<(usize, usize, &'static str)> {
    if build.passes_over() {
        return None;
    }
    let start = pair.as_span().start();
    let stop = stop(pair.get_input(), start, start + pair.as_str().len(), rule);
    let begins = stop.expects(&Expected::Declaration);
    let meant = nearest(stop.found, expected::DECLARATIONS.iter().copied()).filter(|_| begins);
    match after_damage && begins && meant.is_none() {
        true => build.damages += 1,
        false => report(build, &stop),
    }
    meant.map(|meant| (stop.at - start, stop.found.len(), meant))
}

/// Two declarations on a line; `pair` stands between them.
pub(super) fn crowded(build: &mut Build<'_>, pair: &Pair<'_>) {
    let at = pair.as_span().start();
    let before = &pair.get_input()[..at];
    if before[before.trim_end().len()..].contains('\n') {
        // A body without its `}` ended with the line.
        return;
    }
    let found = token(pair.get_input(), at);
    let span = build.span_of(at, at + found.len());
    build.report(
        Diagnostic::error(&TWO_ON_A_LINE, span, "a second declaration stands on this line")
            .help("begin a new line before it"),
    );
}

/// A doc before something that takes none.
pub(super) fn doc_of_nothing(span: Span) -> Diagnostic {
    Diagnostic::error(&DOC_AFTER, span, "this doc describes nothing that takes one")
        .help("a remark that describes nothing is written `// …`")
}

/// The whole file could not be matched.
pub(super) fn unread_file(build: &mut Build<'_>, error: &pest::error::Error<Rule>) {
    let at = place(error);
    let span = build.span_of(at, at);
    build.report(Diagnostic::error(&UNEXPECTED, span, "the file cannot be read from here on"));
}

fn report(build: &mut Build<'_>, stop: &Stop<'_>) {
    build.damages += 1;
    let finding = finding(build, stop);
    build.report(finding);
}

fn finding(build: &Build<'_>, stop: &Stop<'_>) -> Diagnostic {
    let ends = stop.expects(&Expected::End);
    let span = build.span_of(stop.at, stop.at + stop.found.len());
    let found = stop.found;
    let after_something = stop.after_something();
    if found.starts_with('"') && !closed(found) {
        return Diagnostic::error(&TEXT_NOT_CLOSED, span, "this text is not closed")
            .help("end it with `\"` on the same line");
    }
    if found.starts_with("///") || only_docs(&stop.input[stop.start..stop.at]) {
        return match after_something && found.starts_with("///") {
            true => Diagnostic::error(&DOC_AFTER, span, "a doc stands before what it describes")
                .help("move it to the line before, or make it a remark, `// …`"),
            false => doc_of_nothing(span),
        };
    }
    if found == "@" && after_something && (ends || stop.expects(&Expected::HeaderEnd)) {
        let name = token(stop.input, stop.at + 1);
        let span = build.span_of(stop.at, stop.at + 1 + name.len());
        return Diagnostic::error(&ANNOTATION_AFTER, span, format!("`@{name}` stands after what it marks"))
            .help(format!("annotations stand before: `@{name} {}`", stop.line_read()));
    }
    if let ("" | "}", Some(annotation)) = (found, last_annotation(&stop.input[stop.start..stop.at])) {
        return Diagnostic::error(&NOT_ANNOTATED, span, format!("`{annotation}` marks nothing"))
            .help("an annotation stands before a declaration or a field");
    }
    if is_word(found) {
        let words = stop.expected.iter().filter_map(|each| match each {
            Expected::Word(word) => Some(word.as_str()),
            _ => None,
        });
        let declarations = stop.expects(&Expected::Declaration).then_some(expected::DECLARATIONS);
        let candidates = words.chain(declarations.into_iter().flatten().copied());
        if let Some(meant) = nearest(found, candidates) {
            return Diagnostic::error(
                &UNKNOWN_WORD,
                span,
                format!("{} begins nothing that can stand here", quoted(found)),
            )
            .help(format!("did you mean `{meant}`?"));
        }
    }
    if ends && after_something && begins_a_member(found) {
        return Diagnostic::error(
            &TWO_ON_A_LINE,
            span,
            format!("{} stands on the same line without a comma", quoted(found)),
        )
        .help("put a comma or a line end before it");
    }
    unexpected(span, stop)
}

fn unexpected(span: Span, stop: &Stop<'_>) -> Diagnostic {
    let found = match stop.found {
        "" if stop.at == stop.input.len() => "the end of the file".to_owned(),
        "" => "the line end".to_owned(),
        found => quoted(found),
    };
    let after = if stop.after_something() { format!(" after `{}`", stop.previous) } else { String::new() };
    let help = help(stop);
    let fits = expected::worth_saying(&stop.expected);
    let finding = if (1..=4).contains(&fits.len()) && fits != [Expected::HeaderEnd] {
        let expected = expected::listed(&fits);
        Diagnostic::error(&UNEXPECTED, span, format!("expected {expected}{after}, found {found}"))
    } else {
        let finding = Diagnostic::error(&UNEXPECTED, span, format!("{found} does not fit{after}"));
        match fits.is_empty() || help.is_some() {
            true => finding,
            false => return finding.help(format!("here fits {}", expected::listed(&fits))),
        }
    };
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// What habits of other languages are called here.
fn help(stop: &Stop<'_>) -> Option<String> {
    let found = stop.found;
    Some(match found {
        "=>" => "an arrow is written `->`".to_owned(),
        "-" if is_word(stop.previous) => "a name has letters, digits and `_` only".to_owned(),
        "=" if stop.expects(&Expected::Thing("`:`")) => "a value follows `:`".to_owned(),
        "=" => "two values are compared with `==`".to_owned(),
        "&&" | "&" => "write `and`".to_owned(),
        "||" => "write `or`".to_owned(),
        "!" => "write `not`".to_owned(),
        "<>" => "write `!=`".to_owned(),
        ";" => "a line end or a comma separates".to_owned(),
        "'" => "a text has double quotes".to_owned(),
        "," if stop.expects(&Expected::Thing("`->`")) => "several events are joined by `|`".to_owned(),
        "<" if stop.previous == "map" => {
            "a map does not stand in a map: declare a `type` for the inner one".to_owned()
        }
        "null" | "nil" | "none" => "write `is set` or `is not set`".to_owned(),
        "#" | "/*" => "a remark is written `// …`".to_owned(),
        word if is_word(word) && expected::is_keyword(word) => {
            if stop.expects(&Expected::Declaration) && !expected::DECLARATIONS.contains(&word) {
                format!("`{word}` stands inside a declaration's `{{ … }}`: is a brace missing above?")
            } else {
                format!("a name that is also a word of the language stands in back-ticks: `` `{word}` ``")
            }
        }
        _ => return None,
    })
}

/// A token in back-ticks, shortened when nobody would read it all.
fn quoted(found: &str) -> String {
    match found.char_indices().nth(40) {
        Some((end, _)) => format!("`{}…`", &found[..end]),
        None => format!("`{found}`"),
    }
}
