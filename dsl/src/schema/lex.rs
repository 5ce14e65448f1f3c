//! The words of SQL, with their places. Comments are nothing, and the text of `/*!40101 … */` counts only from
//! `CREATE` on: a dump hides nothing else in it that a snapshot needs.

use crate::check::capture::schema_syntax;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// A word, a name, a text, a number or a sign.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: TokenKind,
    /// Without quotes, with escapes undone.
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    /// In back-ticks.
    Quoted,
    Text,
    Sign,
}

impl Token {
    /// Is it this sign?
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == TokenKind::Sign && self.text == sign
    }

    /// Is it this word, in any case?
    pub(super) fn word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Can it be a name?
    pub(super) fn name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }
}

pub(super) struct Lexer<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(file: FileId, text: &'t str) -> Self {
        Lexer { file, text, at: 0 }
    }

    /// All tokens; a quote or a comment that does not end is reported and ends the text.
    pub(super) fn tokens(mut self, found: &mut Vec<Diagnostic>) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some(letter) = self.rest().chars().next() {
            let start = self.at;
            if letter.is_whitespace() || letter == '\u{feff}' {
                self.at += letter.len_utf8();
                continue;
            }
            match self.next(letter) {
                Ok(Some(token)) => tokens.push(token),
                Ok(None) => {}
                Err(what) => {
                    let span = self.span(start, start + letter.len_utf8());
                    let help = "close it; is the file whole?";
                    found.push(schema_syntax::unreadable(span, format!("{what} is not closed"), help));
                    break;
                }
            }
        }
        tokens
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    fn next(&mut self, letter: char) -> Result<Option<Token>, &'static str> {
        let rest = self.rest();
        let dashes = rest.starts_with("--") && rest[2..].chars().next().is_none_or(char::is_whitespace);
        if letter == '#' || dashes {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return Ok(None);
        }
        if rest.starts_with("/*") {
            self.comment(rest)?;
            return Ok(None);
        }
        if rest.starts_with("*/") {
            self.at += 2;
            return Ok(None);
        }
        match letter {
            '\'' | '"' => self.quoted(letter, TokenKind::Text, "a text").map(Some),
            '`' => self.quoted(letter, TokenKind::Quoted, "a name").map(Some),
            _ if letter.is_alphanumeric() || letter == '_' || letter == '@' || letter == '$' => {
                let part = |letter: char| letter.is_alphanumeric() || "_$@".contains(letter);
                let length = rest.find(|letter| !part(letter)).unwrap_or(rest.len());
                Ok(Some(self.take(length, TokenKind::Word)))
            }
            _ => Ok(Some(self.take(letter.len_utf8(), TokenKind::Sign))),
        }
    }

    /// Passes a comment; of a conditional one only its start, if it holds a table's part.
    fn comment(&mut self, rest: &str) -> Result<(), &'static str> {
        let end = rest.find("*/").ok_or("a comment")?;
        let conditional = rest.strip_prefix("/*!").or_else(|| rest.strip_prefix("/*M!"));
        if let Some(inside) = conditional {
            let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
            let opened = rest.len() - inside.len() + digits;
            let inside = rest[opened..].trim_start();
            let statement = ["CREATE TABLE", "GENERATED", "INVISIBLE", "COMMENT", "CHECK"];
            let counts =
                |word: &&str| inside.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
            if statement.iter().any(counts) {
                self.at += opened;
                return Ok(());
            }
        }
        self.at += end + 2;
        Ok(())
    }

    fn take(&mut self, length: usize, kind: TokenKind) -> Token {
        let start = self.at;
        self.at += length;
        let span = self.span(start, self.at);
        Token { kind, text: self.text[start..self.at].to_owned(), span }
    }

    fn quoted(&mut self, quote: char, kind: TokenKind, what: &'static str) -> Result<Token, &'static str> {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && kind == TokenKind::Text {
                match letters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, '0')) => text.push('\0'),
                    Some((_, other)) => text.push(other),
                    None => return Err(what),
                }
            } else if letter == quote {
                if letters.peek().is_some_and(|(_, next)| *next == quote) {
                    letters.next();
                    text.push(quote);
                    continue;
                }
                self.at = start + at + quote.len_utf8();
                return Ok(Token { kind, text, span: self.span(start, self.at) });
            } else {
                text.push(letter);
            }
        }
        Err(what)
    }
}
