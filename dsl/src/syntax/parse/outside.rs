//! What stands outside of contexts: uses, sources, captures and readers. It must not know what a table holds.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::once::Once;
use crate::syntax::tree::{CallId, Capture, Doc, Reader, RowChange, Source, Text, Use};

impl Build<'_> {
    /// A `use_decl`.
    pub(super) fn use_decl(&mut self, pair: Pair<'_>) -> Option<Use> {
        let span = self.span(&pair);
        let mut names = Vec::new();
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => names.push(build.name(&part)),
            Rule::use_names => names.extend(build.names(part)),
            _ => {}
        });
        let context = (!names.is_empty()).then(|| names.remove(0))?;
        Some(Use { context, names, span })
    }

    /// A `source`.
    pub(super) fn source(&mut self, doc: Option<Doc>, pair: Pair<'_>) -> Option<Source> {
        let (span, before) = (self.span(&pair), self.damages);
        let (mut names, mut schema, mut databases) = (Vec::new(), Once::new(), Once::new());
        let (mut tables, mut path) = (Once::new(), Once::new());
        let (mut id, mut signature) = (Once::new(), Once::new());
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => names.push(build.name(&part)),
            Rule::source_body => build.body(part, Rule::source_line, |build, part| {
                let span = build.span(&part);
                match part.as_rule() {
                    Rule::schema => schema.read(build, "schema", span, |build| build.inner_text(part)),
                    Rule::databases => databases.read(build, "databases", span, |build| {
                        let tenant = build.names(part.clone()).pop();
                        Some((build.inner_text(part)?, tenant))
                    }),
                    Rule::tables => tables.read(build, "tables", span, |build| Some(build.tables(part))),
                    Rule::webhook_path => path.read(build, "path", span, |build| build.inner_text(part)),
                    Rule::webhook_id => {
                        id.read(build, "id", span, |build| match build.paths(part.clone()).pop() {
                            Some(path) => Some(CallId::Field(path)),
                            None => build.inner_text(part).map(CallId::Header),
                        })
                    }
                    Rule::webhook_signature => {
                        signature.read(build, "signature", span, |build| build.inner_text(part))
                    }
                    _ => {}
                }
            }),
            _ => {}
        });
        let kind = names.pop()?;
        Some(Source {
            doc,
            name: names.pop()?,
            kind,
            schema: schema.take(),
            databases: databases.take(),
            tables: tables.take().unwrap_or_default(),
            path: path.take(),
            id: id.take(),
            signature: signature.take(),
            span,
            poisoned: self.damages > before,
        })
    }

    fn tables(&mut self, pair: Pair<'_>) -> Vec<Text> {
        let tables = pair.into_inner().filter(|part| part.as_rule() == Rule::table);
        let tables = tables.filter_map(|table| table.into_inner().next());
        tables
            .map(|table| match table.as_rule() {
                Rule::text => self.text(&table),
                _ => {
                    let name = self.name(&table);
                    Text { value: name.text, span: name.span }
                }
            })
            .collect()
    }

    /// A `capture`.
    pub(super) fn capture(&mut self, doc: Option<Doc>, pair: Pair<'_>) -> Option<Capture> {
        let (span, before) = (self.span(&pair), self.damages);
        let (mut paths, mut change, mut condition, mut assigns) = (Vec::new(), None, None, Vec::new());
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::path => paths.push(build.path(part)),
            Rule::change => change = Some((row_change(&part), build.span(&part))),
            Rule::where_clause => condition = part.into_inner().last().map(|expr| build.expr(expr)),
            Rule::assigns => assigns = build.assigns(part),
            _ => {}
        });
        let from = paths.pop()?;
        let event = paths.pop()?;
        Some(Capture { doc, event, from, change, condition, assigns, span, poisoned: self.damages > before })
    }

    /// A `reader`.
    pub(super) fn reader(&mut self, doc: Option<Doc>, pair: Pair<'_>) -> Option<Reader> {
        let span = self.span(&pair);
        let (mut name, mut label, mut of) = (None, None, None);
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => name = Some(build.name(&part)),
            Rule::label => label = build.label(part),
            Rule::path => of = Some(build.path(part)),
            _ => {}
        });
        Some(Reader { doc, name: name?, label, of: of?, span })
    }
}

/// A `change`.
pub(super) fn row_change(pair: &Pair<'_>) -> RowChange {
    match pair.as_str().trim_end() {
        "inserted" => RowChange::Inserted,
        "updated" => RowChange::Updated,
        _ => RowChange::Deleted,
    }
}
