//! What happens to a text before the grammar sees it: remarks and all kinds of blanks become spaces, and parentheses
//! nested beyond reason go, so that none of them is the grammar's business. Every byte keeps its place. It must not know any keyword.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{FileId, Span};

/// How deep parentheses may stand in each other.
const DEPTH: u32 = 48;

/// Blanks of more than a byte: the no-break space, the ideographic space, the byte order mark.
const WIDE_BLANKS: [&str; 3] = ["\u{A0}", "\u{3000}", "\u{FEFF}"];

pub(super) static NESTED_TOO_DEEPLY: Rule = Rule {
    code: "S0111",
    title: "an expression is nested too deeply",
    explain: "A condition that nobody can read in one breath belongs in several policies, or in a field that says what is meant.\n\
        Parentheses stand in each other at most 48 deep, and operators bind at most 120 deep.\n\n\
        ```storm\nif ((((((… 49 of them …(total > 0)…))))))\n```\n\n\
        Mended:\n\n```storm\nif total > 0\n```\n",
};

/// A text as the grammar sees it.
pub(super) struct Scanned {
    /// As long as what was written.
    pub(super) text: String,
    /// What was nested too deeply.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Blanks remarks and too deep parentheses.
pub(super) fn scan(file: FileId, text: &str) -> Scanned {
    let mut bytes = text.as_bytes().to_vec();
    let mut diagnostics = Vec::new();
    let mut depth = 0u32;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_text(&bytes, at),
            b'/' if bytes[at..].starts_with(b"//") => {
                let end = line_end(&bytes, at);
                let doc = bytes[at..].starts_with(b"///") && !bytes[at..].starts_with(b"////");
                if !doc {
                    bytes[at..end].fill(b' ');
                }
                at = end;
            }
            b'{' | b'}' => {
                depth = 0;
                at += 1;
            }
            b'(' => {
                depth += 1;
                if depth > DEPTH {
                    bytes[at] = b' ';
                }
                if depth == DEPTH + 1 {
                    let span = Span { file, start: at as u32, end: at as u32 + 1 };
                    diagnostics.push(too_deep(span));
                }
                at += 1;
            }
            b')' => {
                if depth > DEPTH {
                    bytes[at] = b' ';
                }
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b'\t' | b'\r' => {
                bytes[at] = b' ';
                at += 1;
            }
            0xC2 | 0xE3 | 0xEF => {
                if let Some(blank) =
                    WIDE_BLANKS.iter().find(|blank| bytes[at..].starts_with(blank.as_bytes()))
                {
                    bytes[at..at + blank.len()].fill(b' ');
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    let text = String::from_utf8(bytes).expect("whole characters were replaced by blanks");
    Scanned { text, diagnostics }
}

/// The finding for a place that is nested too deeply.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(&NESTED_TOO_DEEPLY, span, "this expression is nested too deeply")
        .help("split it into several policies, or give its parts a field of their own")
}

/// One past the closing quote, or the line's end when there is none.
fn after_text(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(written: &str) -> String {
        scan(FileId(0), written).text
    }

    #[test]
    fn blanks_remarks_and_keeps_docs_and_texts() {
        assert_eq!(text("a // 주문\nb"), format!("a {}\nb", " ".repeat(9)));
        assert_eq!(text("/// doc // more\na"), "/// doc // more\na");
        assert_eq!(text("url \"https://x\" // y"), "url \"https://x\"     ");
        assert_eq!(text("////////\na"), "        \na");
        assert_eq!(text("\"a\\\"//b\" //c"), "\"a\\\"//b\"    ");
        assert_eq!(text("\u{FEFF}a\u{A0}\tb\u{3000}c\r\n"), format!("   a   b   c \n"));
        assert_eq!(text("\"open // x\n// y"), "\"open // x\n    ");
    }

    #[test]
    fn blanks_what_is_nested_too_deeply_and_says_it_once() {
        let written = format!("if {}x{}", "(".repeat(10_000), ")".repeat(10_000));
        let scanned = scan(FileId(0), &written);
        assert_eq!(scanned.text.len(), written.len());
        assert_eq!(scanned.text.matches('(').count(), 48);
        assert_eq!(scanned.text.matches(')').count(), 48);
        assert_eq!(scanned.diagnostics.len(), 1);
        assert_eq!(scan(FileId(0), &"{ (".repeat(100)).diagnostics.len(), 0);
    }
}
