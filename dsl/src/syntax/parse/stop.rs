//! How far the grammar comes in a damaged piece, and what it would have taken there. It must not know what is said of it.

use super::expected::{self, Expected};
use super::grammar::{Rule, Storm};
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

/// Where the grammar stopped, and what it would have taken.
pub(super) struct Stop<'p> {
    /// Where the piece begins.
    pub(super) start: usize,
    /// The text that the piece stands in.
    pub(super) input: &'p str,
    /// The end of what could be read.
    pub(super) read: usize,
    /// What was found there; empty at a line's end.
    pub(super) found: &'p str,
    /// Where that stands.
    pub(super) at: usize,
    /// The word before.
    pub(super) previous: &'p str,
    /// What would have been taken.
    pub(super) expected: Vec<Expected>,
}

impl Stop<'_> {
    /// Whether something of the piece could be read.
    pub(super) fn after_something(&self) -> bool {
        self.read > self.start
    }

    /// Whether this would have been taken.
    pub(super) fn expects(&self, what: &Expected) -> bool {
        self.expected.contains(what)
    }

    /// What was read, on its last line, for an example.
    pub(super) fn line_read(&self) -> &str {
        let read = self.input[self.start..self.read].trim();
        read.rsplit('\n').next().unwrap_or(read).trim_start()
    }
}

/// Where the grammar gave up.
pub(super) fn place(error: &pest::error::Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// Matches `input[start..end]` against `rule`, and sees how far it comes.
pub(super) fn stop(input: &str, start: usize, end: usize, rule: Rule) -> Stop<'_> {
    let (reached, rules) = match Storm::parse(rule, &input[start..end]) {
        Ok(pairs) => (start + pairs.as_str().trim_end().len(), vec![Rule::end]),
        Err(error) => match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => (start + place(&error), positives.clone()),
            ErrorVariant::CustomError { .. } => (start, Vec::new()),
        },
    };
    let read = start + input[start..reached].trim_end().len();
    let beyond = reached + (input[reached..].len() - input[reached..].trim_start_matches(is_blank).len());
    let line_ends = read > start && input[read..beyond].contains('\n');
    let at = if line_ends { read } else { beyond };
    let found = if line_ends { "" } else { token(input, at) };
    let previous = last_token(&input[start..read]);
    Stop { start, input, read, found, at, previous, expected: expected::expected(&rules, previous) }
}

/// What stands at a place: a word, a text, a number, a doc, a sign; nothing at a line's end.
pub(super) fn token(input: &str, at: usize) -> &str {
    let rest = &input[at..];
    let Some(first) = rest.chars().next() else { return "" };
    let length = match first {
        '\n' => 0,
        '"' => text_end(rest).unwrap_or_else(|| line_end(rest)),
        _ if rest.starts_with("///") => line_end(rest),
        _ if first.is_alphanumeric() || first == '_' => {
            rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
        }
        _ => {
            let known = ["->", "=>", "==", "!=", "<=", ">=", "<>", "&&", "||", "/*"]
                .into_iter()
                .find(|sign| rest.starts_with(sign));
            known.map_or(first.len_utf8(), str::len)
        }
    };
    rest[..length].trim_end()
}

fn line_end(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// The end of a text that begins with a quote, if it has one on its line.
fn text_end(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' => return None,
            '"' if !escaped => return Some(at + 1),
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    None
}

/// Whether a text has its end.
pub(super) fn closed(text: &str) -> bool {
    text_end(text) == Some(text.len())
}

/// The last word or sign of a text.
fn last_token(text: &str) -> &str {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let Some(last) = text.chars().next_back() else { return "" };
    if last == '"' {
        return "\"…\"";
    }
    if word(last) {
        let from = text.char_indices().rev().take_while(|(_, letter)| word(*letter)).last();
        return from.map_or(text, |(at, _)| &text[at..]);
    }
    let signs = ["->", "==", "!=", "<=", ">="];
    let length = signs.into_iter().find(|sign| text.ends_with(sign)).map_or(last.len_utf8(), str::len);
    &text[text.len() - length..]
}

fn is_blank(letter: char) -> bool {
    letter != '\n' && letter.is_whitespace()
}

/// Whether a token is a word.
pub(super) fn is_word(found: &str) -> bool {
    found.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
}

/// Whether a token is one that a member may begin with.
pub(super) fn begins_a_member(found: &str) -> bool {
    found.chars().next().is_some_and(|first| first.is_alphanumeric() || matches!(first, '_' | '`' | '"'))
}

/// The annotation that a piece ends with, when nothing follows it.
pub(super) fn last_annotation(piece: &str) -> Option<&str> {
    let line = piece.trim_end().rsplit('\n').next()?.trim_start();
    let name = line.strip_prefix('@')?;
    let length = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
    let rest = name[length..].trim();
    (rest.is_empty() || rest.starts_with('(') && rest.find(')') == Some(rest.len() - 1))
        .then_some(&line[..=length])
}

/// Whether a piece holds docs and nothing else.
pub(super) fn only_docs(piece: &str) -> bool {
    !piece.trim().is_empty()
        && piece.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with("///"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_what_a_reader_would_point_at() {
        for (text, token_of) in [
            ("whenever A", "whenever"),
            ("-> A", "->"),
            ("\"a b\" c", "\"a b\""),
            ("\"a \\\" b\" c", "\"a \\\" b\""),
            ("\"open \nx", "\"open"),
            ("\n x", ""),
            ("주문 x", "주문"),
            ("#x", "#"),
        ] {
            assert_eq!(token(text, 0), token_of);
        }
        assert!(closed("\"a\"") && !closed("\"a") && !closed("\"") && !closed("\"a\\\""));
    }

    #[test]
    fn the_word_before_is_whole() {
        for (text, last) in [
            ("a -> bc", "bc"),
            ("a ->", "->"),
            ("주문", "주문"),
            ("", ""),
            ("x >=", ">="),
            ("as \"a b\"", "\"…\""),
        ] {
            assert_eq!(last_token(text), last);
        }
    }

    #[test]
    fn a_stop_is_where_the_line_broke() {
        let text = "if total >\nthen X";
        let stop = stop(text, 0, 10, Rule::policy_line);
        assert_eq!((stop.read, stop.at, stop.found, stop.previous), (10, 10, "", ">"));
        assert_eq!(stop.expected, [Expected::Thing("a value")]);
    }
}
