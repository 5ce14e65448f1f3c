//! Values as written: texts, numbers, times, sizes. It must not know where they stand.

use super::build::Build;
use super::grammar::{Pair, Rule};
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{Annotation, Count, DurationLiteral, Literal, Rate, SizeLiteral, Text};

pub(super) static NUMBER_TOO_LARGE: diagnostic::Rule = diagnostic::Rule {
    code: "S0112",
    title: "a number is too large",
    explain: "Counts, times and sizes are kept in 64 bits; what does not fit would silently become another number.\n\n\
        ```storm\nsnapshot every 99_999_999_999_999_999_999\n```\n\nMended:\n\n```storm\nsnapshot every 100\n```\n",
};

pub(super) static NOT_A_DATE: diagnostic::Rule = diagnostic::Rule {
    code: "S0113",
    title: "a date is not a subtraction, and must be in the calendar",
    explain: "`2027-1-15` between values would be read as 2011. A date stands bare only after `due`, as year-month-day with two digits \
        for month and day; elsewhere it is a text.\n\n\
        ```storm\nif placed_on > 2027-1-15\n```\n\nMended:\n\n```storm\nif placed_on > \"2027-01-15\"\n```\n\n\
        A subtraction has blanks around its minus: `2027 - 1 - 15`.\n",
};

pub(super) static UNKNOWN_ESCAPE: diagnostic::Rule = diagnostic::Rule {
    code: "S0115",
    title: "a text holds an unknown escape",
    explain: "In a text a backslash begins one of `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}` (a character by its number, in hexadecimal).\n\n\
        ```storm\nschema \"schema\\shop.sql\"\n```\n\nMended:\n\n```storm\nschema \"schema/shop.sql\"\n```\n",
};

impl Build<'_> {
    /// A `text`, its escapes undone.
    pub(super) fn text(&mut self, pair: &Pair<'_>) -> Text {
        let start = pair.as_span().start();
        let written = pair.as_str();
        let inner = &written[1..written.len() - 1];
        let value = if inner.contains('\\') { self.unescape(inner, start + 1) } else { inner.to_owned() };
        Text { value, span: self.span(pair) }
    }

    /// The last `text` below a pair.
    pub(super) fn inner_text(&mut self, pair: Pair<'_>) -> Option<Text> {
        let text = pair.into_inner().filter(|part| part.as_rule() == Rule::text).last()?;
        Some(self.text(&text))
    }

    /// A `label`: `as "…"`.
    pub(super) fn label(&mut self, pair: Pair<'_>) -> Option<Text> {
        self.inner_text(pair)
    }

    fn unescape(&mut self, inner: &str, start: usize) -> String {
        let mut value = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            value.push_str(&rest[..at]);
            let from = start + inner.len() - rest.len() + at;
            let escape = &rest[at + 1..];
            let (character, length) = match escape.chars().next() {
                Some('n') => (Some('\n'), 1),
                Some('t') => (Some('\t'), 1),
                Some(same @ ('"' | '\\')) => (Some(same), 1),
                Some('u') => by_number(escape),
                other => (None, other.map_or(0, char::len_utf8)),
            };
            match character {
                Some(character) => value.push(character),
                None => {
                    let span = self.span_of(from, from + 1 + length);
                    let written = &rest[at..at + 1 + length];
                    self.report(
                        Diagnostic::error(
                            &UNKNOWN_ESCAPE,
                            span,
                            format!("`{written}` means nothing in a text"),
                        )
                        .help("a backslash is written `\\\\`; known are `\\\"`, `\\n`, `\\t` and `\\u{…}`"),
                    );
                }
            }
            rest = &escape[length..];
        }
        value.push_str(rest);
        value
    }

    /// A `count`.
    pub(super) fn count(&mut self, pair: &Pair<'_>) -> Count {
        let span = self.span(pair);
        Count { value: self.whole(pair.as_str(), 1, span), span }
    }

    /// A `version`: the number after its `v`.
    pub(super) fn version(&mut self, pair: &Pair<'_>) -> Count {
        let span = self.span(pair);
        Count { value: self.whole(&pair.as_str()[1..], 1, span), span }
    }

    /// A `percent`: the number.
    pub(super) fn percent(&mut self, pair: &Pair<'_>) -> u64 {
        let span = self.span(pair);
        self.whole(pair.as_str(), 1, span)
    }

    /// A `duration`, in milliseconds.
    pub(super) fn duration(&mut self, pair: &Pair<'_>) -> DurationLiteral {
        let span = self.span(pair);
        let unit = match unit(pair.as_str()) {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 86_400_000,
        };
        DurationLiteral { millis: self.whole(pair.as_str(), unit, span), span }
    }

    /// A `size`, in bytes.
    pub(super) fn size(&mut self, pair: &Pair<'_>) -> SizeLiteral {
        let span = self.span(pair);
        let unit = match unit(pair.as_str()) {
            "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => 1 << 40,
        };
        SizeLiteral { bytes: self.whole(pair.as_str(), unit, span), span }
    }

    /// A `rate`.
    pub(super) fn rate(&mut self, pair: &Pair<'_>) -> Rate {
        let span = self.span(pair);
        let per_millis = match unit(pair.as_str()) {
            "/s" => 1_000,
            "/m" => 60_000,
            _ => 3_600_000,
        };
        Rate { count: self.whole(pair.as_str(), 1, span), per_millis, span }
    }

    /// A `date`, as its ISO text.
    pub(super) fn date(&mut self, pair: &Pair<'_>) -> Text {
        let text = Text { value: pair.as_str().to_owned(), span: self.span(pair) };
        if !in_calendar(&text.value) {
            self.report(
                Diagnostic::error(&NOT_A_DATE, text.span, format!("`{}` is not in the calendar", text.value))
                    .help("a date is year-month-day, such as `2027-01-15`"),
            );
        }
        text
    }

    /// The value of a `literal`'s inner pair, if it is one.
    pub(super) fn literal(&mut self, pair: &Pair<'_>) -> Option<Literal> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::text => Literal::Text(self.text(pair)),
            Rule::number => Literal::Number(pair.as_str().replace('_', ""), span),
            Rule::boolean => Literal::Bool(pair.as_str() == "true", span),
            Rule::duration => Literal::Duration(self.duration(pair)),
            _ => return None,
        })
    }

    /// An `annotation`.
    pub(super) fn annotation(&mut self, pair: Pair<'_>) -> Option<Annotation> {
        let span = self.span(&pair);
        let mut name = None;
        let mut arguments = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::arguments => {
                    let literals = part.into_inner().filter_map(|literal| literal.into_inner().next());
                    arguments.extend(literals.filter_map(|literal| self.literal(&literal)));
                }
                _ => {}
            }
        }
        Some(Annotation { name: name?, arguments, span })
    }

    /// The number that a literal begins with, times its unit.
    fn whole(&mut self, written: &str, unit: u64, span: Span) -> u64 {
        let digits = written.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'_');
        let value = digits
            .filter(u8::is_ascii_digit)
            .try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        value.and_then(|value| value.checked_mul(unit)).unwrap_or_else(|| {
            self.report(
                Diagnostic::error(&NUMBER_TOO_LARGE, span, format!("`{}` is too large", written.trim_end()))
                    .help("it must fit in 64 bits"),
            );
            u64::MAX
        })
    }
}

/// What follows the digits.
fn unit(written: &str) -> &str {
    written.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_').trim()
}

/// `u{1F355}`: the character and the length of what was written.
fn by_number(escape: &str) -> (Option<char>, usize) {
    let Some(end) = escape.strip_prefix("u{").and_then(|rest| rest.find('}')) else {
        return (None, 1);
    };
    let character = u32::from_str_radix(&escape[2..2 + end], 16).ok().and_then(char::from_u32);
    (character, end + 3)
}

/// Whether `year-month-day` is a day.
fn in_calendar(date: &str) -> bool {
    let mut parts = date.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (year, month, day) =
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    (1..=days).contains(&day)
}
