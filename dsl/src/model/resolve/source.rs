//! Sources and the tables that their snapshots describe.

use super::collect::head;
use super::{At, Resolver};
use crate::check::capture::{no_table, schema_missing, source_kind, source_settings};
use crate::check::names::said_twice;
use crate::model::{CallId, Source, SourceId, SourceKind, Table, TableId, Webhook};
use crate::schema::{self, Snapshot};
use crate::syntax::tree::{self, Item, SyntaxTree};

impl Resolver<'_> {
    /// Sources first, then the captures from them.
    pub(crate) fn declare_sources(&mut self, trees: &[SyntaxTree]) {
        for tree in trees {
            for item in &tree.items {
                if let Item::Source(source) = item {
                    self.source(source);
                }
            }
        }
        self.declare_captures(trees);
    }

    fn source(&mut self, written: &tree::Source) {
        let earlier = self.model.sources.iter().find(|source| source.head.name == written.name.text);
        if let Some(earlier) = earlier {
            let place = earlier.head.name_span;
            return self.report(said_twice::source(&written.name, place));
        }
        let at = At { context: None, file: written.span.file };
        let mut head = head(&written.name, &None, &written.doc, at);
        head.span = written.span;
        let id = SourceId(self.model.sources.len() as u32);
        let kind = source_kind::of(&written.kind);
        match &kind {
            Err(diagnostic) => self.report((**diagnostic).clone()),
            Ok(_) if written.poisoned => {}
            Ok(kind) => self.diagnostics.extend(source_settings::of(*kind, written)),
        }
        // What is known of it can still be named; a kind that nothing is read from raises no more questions.
        let kind = kind.unwrap_or(SourceKind::Outbox);
        let webhook = webhook(written).filter(|_| kind == SourceKind::Webhook);
        let path = |webhook: &Option<Webhook>| webhook.as_ref().map(|webhook| webhook.path.clone());
        let earlier = self
            .model
            .sources
            .iter()
            .find(|source| webhook.is_some() && path(&source.webhook) == path(&webhook));
        if let Some(earlier) = earlier {
            let diagnostic = source_settings::same_path(written, &earlier.head);
            self.report(diagnostic);
        }
        let databases = written.databases.as_ref();
        self.model.sources.push(Source {
            head,
            kind,
            schema: written.schema.as_ref().map(|schema| schema.value.clone()),
            databases: databases.map_or(&written.name.text, |(pattern, _)| &pattern.value).clone(),
            tenant: databases.is_some_and(|(_, tenant)| tenant.is_some()),
            tables: vec![],
            webhook,
        });
        if kind == SourceKind::Mysql
            && let Some(path) = &written.schema
        {
            match self.sources.schema(&path.value) {
                None => self.report(schema_missing::missing(path)),
                Some(file) => {
                    let (snapshot, found) = schema::read(file, &self.sources.file(file).text);
                    self.diagnostics.extend(found);
                    self.tables(id, written, snapshot);
                }
            }
        }
    }

    fn tables(&mut self, source: SourceId, written: &tree::Source, snapshot: Snapshot) {
        let mut wanted = vec![written.tables.is_empty(); snapshot.tables.len()];
        for pattern in &written.tables {
            let mut any = false;
            for (table, wanted) in snapshot.tables.iter().zip(&mut wanted) {
                if matches(&pattern.value, &table.name) {
                    *wanted = true;
                    any = true;
                }
            }
            if !any && !snapshot.damaged {
                let names = snapshot.tables.iter().map(|table| table.name.as_str());
                self.report(no_table::in_snapshot(pattern, names));
            }
        }
        for (table, wanted) in snapshot.tables.into_iter().zip(wanted) {
            if !wanted {
                continue;
            }
            let id = TableId(self.model.tables.len() as u32);
            self.model.tables.push(Table { source, ..table });
            self.model.sources[source.0 as usize].tables.push(id);
        }
    }
}

/// What a webhook says, as far as it says it.
fn webhook(written: &tree::Source) -> Option<Webhook> {
    let id = match written.id.as_ref()? {
        tree::CallId::Field(path) => CallId::Field(path.text()),
        tree::CallId::Header(text) => CallId::Header(text.value.clone()),
    };
    let signature = written.signature.as_ref().map(|text| text.value.clone());
    Some(Webhook { path: written.path.as_ref()?.value.clone(), id, signature })
}

/// Does a name fit a pattern in which `*` stands for any letters?
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_letters() {
        assert!(matches("orders", "orders") && !matches("orders", "orders2"));
        assert!(
            matches("audit_*", "audit_") && matches("audit_*", "audit_log") && !matches("audit_*", "audit")
        );
        assert!(
            matches("*_log", "audit_log") && matches("a*t_*g", "audit_log") && !matches("a*x*", "audit_log")
        );
        assert!(!matches("a*a", "a"));
    }
}
