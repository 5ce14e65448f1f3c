//! One `CREATE TABLE` statement.

use super::column;
use super::lex::{Token, TokenKind};
use crate::check::capture::schema_syntax;
use crate::diagnostic::Diagnostic;
use crate::model::{Column, Table};
use crate::source::Span;
use crate::suggest::nearest;

type Fault = Box<Diagnostic>;

/// The tokens of a statement and how far they are read.
pub(super) struct Cursor<'t> {
    tokens: &'t [Token],
    at: usize,
    /// Where something is missing when the tokens are used up.
    last: Span,
}

impl<'t> Cursor<'t> {
    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        self.last = token.span;
        Some(token)
    }

    /// Takes a word if it is next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.word(word));
        if found {
            self.next();
        }
        found
    }

    /// Takes a sign if it is next.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(sign));
        if found {
            self.next();
        }
        found
    }

    pub(super) fn fault(&self, what: &str) -> Fault {
        let end = Span { start: self.last.end, ..self.last };
        let span = self.peek().map_or(end, |token| token.span);
        let help = "a snapshot is written by `mysqldump --no-data`; is it whole?";
        Box::new(schema_syntax::unreadable(span, format!("{what} is missing here"), help))
    }

    fn need(&mut self, sign: &str) -> Result<(), Fault> {
        if self.sign(sign) { Ok(()) } else { Err(self.fault(&format!("`{sign}`"))) }
    }

    pub(super) fn name(&mut self) -> Result<&'t Token, Fault> {
        match self.peek() {
            Some(token) if token.name() => Ok(self.next().unwrap_or(token)),
            _ => Err(self.fault("a name")),
        }
    }

    /// Passes a balanced `( … )`, if one is next.
    pub(super) fn parentheses(&mut self) -> Result<(), Fault> {
        if !self.sign("(") {
            return Ok(());
        }
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some(token) if token.is("(") => depth += 1,
                Some(token) if token.is(")") => depth -= 1,
                Some(_) => {}
                None => return Err(self.fault("`)`")),
            }
        }
        Ok(())
    }

    /// Passes what is left up to the next `,` or `)` outside of parentheses.
    fn pass_item(&mut self) -> Result<(), Fault> {
        while let Some(token) = self.peek() {
            if token.is(",") || token.is(")") {
                return Ok(());
            }
            if token.is("(") {
                self.parentheses()?;
            } else {
                self.next();
            }
        }
        Err(self.fault("`)`"))
    }
}

/// Reads a statement from after `CREATE TABLE`.
pub(super) fn read(tokens: &[Token], first: &Token) -> Result<Table, Fault> {
    let mut cursor = Cursor { tokens, at: 0, last: first.span };
    if cursor.word("IF") {
        cursor.word("NOT");
        cursor.word("EXISTS");
    }
    let mut name = cursor.name()?;
    if cursor.sign(".") {
        name = cursor.name()?;
    }
    let mut table = Table {
        name: name.text.clone(),
        doc: None,
        source: super::NO_SOURCE,
        columns: Vec::new(),
        primary_key: Vec::new(),
        feeds: None,
        key: Vec::new(),
        span: name.span,
    };
    if cursor.peek().is_some_and(|token| token.word("LIKE") || token.word("SELECT") || token.word("AS")) {
        let token = cursor.peek().unwrap_or(name);
        return Err(Box::new(schema_syntax::unreadable(
            token.span,
            format!("the table `{}` is made from another", table.name),
            "a snapshot says each table's columns: write it with `mysqldump --no-data`",
        )));
    }
    cursor.need("(")?;
    let mut keyed: Vec<&Token> = Vec::new();
    loop {
        item(&mut cursor, &mut table, &mut keyed)?;
        if !cursor.sign(",") {
            break;
        }
    }
    cursor.need(")")?;
    table.doc = comment(&mut cursor);
    primary_key(&mut table, &keyed)?;
    Ok(table)
}

fn item<'t>(cursor: &mut Cursor<'t>, table: &mut Table, keyed: &mut Vec<&'t Token>) -> Result<(), Fault> {
    let Some(first) = cursor.peek() else { return Err(cursor.fault("a column")) };
    if first.kind == TokenKind::Word && !cursor_has_column(cursor) {
        if first.word("CONSTRAINT") {
            cursor.next();
            if !cursor.peek().is_some_and(constraint) {
                cursor.next();
            }
        }
        if cursor.word("PRIMARY") {
            cursor.word("KEY");
            while cursor.peek().is_some_and(|token| !token.is("(")) {
                cursor.next();
            }
            cursor.need("(")?;
            loop {
                keyed.push(cursor.name()?);
                cursor.parentheses()?;
                let _ = cursor.word("ASC") || cursor.word("DESC");
                if !cursor.sign(",") {
                    break;
                }
            }
            cursor.need(")")?;
        }
        return cursor.pass_item();
    }
    let name = cursor.name()?;
    if let Some(earlier) = table.columns.iter().find(|column| column.name == name.text) {
        let message = format!("the column `{}` is there twice", name.text);
        let diagnostic = schema_syntax::unreadable(name.span, message, "remove one of the two");
        return Err(Box::new(diagnostic.also(earlier.span, "first here")));
    }
    let (sql, kind) = column::kind(cursor)?;
    let mut column =
        Column { name: name.text.clone(), sql, kind, nullable: true, doc: None, span: name.span };
    options(cursor, &mut column, name, keyed)?;
    table.columns.push(column);
    Ok(())
}

/// An unquoted word may be a column's name, even one like `key`: then a type comes next, not a list.
fn cursor_has_column(cursor: &Cursor) -> bool {
    let Some(first) = cursor.peek() else { return false };
    let words = [
        "PRIMARY",
        "UNIQUE",
        "KEY",
        "INDEX",
        "FULLTEXT",
        "SPATIAL",
        "CONSTRAINT",
        "FOREIGN",
        "CHECK",
        "PERIOD",
    ];
    !words.iter().any(|word| first.word(word))
}

fn constraint(token: &Token) -> bool {
    ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"].iter().any(|word| token.word(word))
}

/// What follows a column's type; only its key, its NULL and its comment matter.
fn options<'t>(
    cursor: &mut Cursor<'t>,
    column: &mut Column,
    name: &'t Token,
    keyed: &mut Vec<&'t Token>,
) -> Result<(), Fault> {
    while let Some(token) = cursor.peek() {
        if token.is(",") || token.is(")") {
            return Ok(());
        }
        if token.is("(") {
            cursor.parentheses()?;
        } else if cursor.word("NOT") {
            if cursor.word("NULL") {
                column.nullable = false;
            }
        } else if cursor.word("DEFAULT") {
            if !cursor.peek().is_some_and(|token| token.is("(")) {
                cursor.next();
            }
        } else if cursor.word("PRIMARY") {
            keyed.push(name);
        } else if cursor.word("COMMENT") {
            column.doc = cursor.next().map(|token| token.text.clone()).filter(|text| !text.is_empty());
        } else {
            cursor.next();
        }
    }
    Err(cursor.fault("`)`"))
}

/// The table's comment among its options.
fn comment(cursor: &mut Cursor) -> Option<String> {
    while let Some(token) = cursor.next() {
        if token.word("COMMENT") {
            cursor.sign("=");
            return cursor.next().map(|token| token.text.clone()).filter(|text| !text.is_empty());
        }
    }
    None
}

fn primary_key(table: &mut Table, keyed: &[&Token]) -> Result<(), Fault> {
    for name in keyed {
        let column = table.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&name.text));
        let Some(column) = column else {
            let names = table.columns.iter().map(|column| column.name.as_str());
            let help = match nearest(&name.text, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a column of the table".into(),
            };
            let message = format!("the table `{}` has no column `{}`", table.name, name.text);
            return Err(Box::new(schema_syntax::unreadable(name.span, message, help)));
        };
        column.nullable = false;
        table.primary_key.push(column.name.clone());
    }
    for column in &mut table.columns {
        if column.sql.eq_ignore_ascii_case("serial") {
            column.nullable = false;
        }
    }
    Ok(())
}
