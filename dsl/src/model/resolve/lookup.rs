//! From a written path to what it stands for: by scope, never by letter case.

use super::{At, Resolver, Symbol, merge};
use crate::check::names::{ambiguous_name, unknown_context, unknown_name};
use crate::diagnostic::Diagnostic;
use crate::model::ContextId;
use crate::source::Span;
use crate::syntax::tree::{Name, Path};

/// A name that stands for something else than is wanted; what the rules make their messages of.
pub(crate) struct Found<'a> {
    /// As written.
    pub name: &'a str,
    /// What it stands for.
    pub symbol: Symbol,
    /// Where it is used.
    pub span: Span,
    /// Where it is declared.
    pub declared: Span,
}

impl Resolver<'_> {
    /// What a path stands for where only one kind will do; otherwise reports and yields none.
    pub(crate) fn find<T>(
        &mut self,
        at: At,
        path: &Path,
        pick: fn(Symbol) -> Option<T>,
        wrong: impl FnOnce(&Found) -> Diagnostic,
    ) -> Option<T> {
        let symbol = self.symbol(at, path, |symbol| pick(symbol).is_some())?;
        let picked = pick(symbol);
        if picked.is_none() {
            let declared = self.declared_at(symbol);
            let diagnostic = wrong(&Found { name: &path.text(), symbol, span: path.span(), declared });
            self.report(diagnostic);
        }
        picked
    }

    /// What a path stands for; reports and yields none if it stands for nothing. `near` says which names are worth
    /// suggesting.
    pub(crate) fn symbol(&mut self, at: At, path: &Path, near: impl Fn(Symbol) -> bool) -> Option<Symbol> {
        match path.names.as_slice() {
            [name] => self.bare(at, name, near),
            [context, name] => {
                let id = self.context(context)?;
                if let Some(&symbol) = self.names.table(Some(id)).get(&name.text) {
                    return Some(symbol);
                }
                if !self.doubts.contexts.contains(&id) {
                    let candidates = self.candidates(Some(id), near);
                    let diagnostic = unknown_name::in_context(name, &context.text, candidates);
                    self.report_unknown(Some(id), name, diagnostic);
                }
                None
            }
            _ => {
                self.report(unknown_name::too_long(path));
                None
            }
        }
    }

    /// What a path stands for, if anything; says nothing.
    pub(crate) fn peek(&self, at: At, names: &[Name]) -> Option<Symbol> {
        match names {
            [name] => self.visible(at, &name.text).or_else(|| match self.elsewhere(at, &name.text) {
                [id] => self.names.table(Some(*id)).get(&name.text).copied(),
                _ => None,
            }),
            [context, name] => {
                let id = self.names.contexts.get(&context.text)?;
                self.names.table(Some(*id)).get(&name.text).copied()
            }
            _ => None,
        }
    }

    /// The context of this name, or a report.
    pub(crate) fn context(&mut self, name: &Name) -> Option<ContextId> {
        let found = self.names.contexts.get(&name.text).copied();
        if found.is_none() && !self.doubts.damaged {
            let candidates = self.names.contexts.keys().map(String::as_str);
            let diagnostic = unknown_context::unknown(name, candidates);
            self.report(diagnostic);
        }
        found
    }

    fn bare(&mut self, at: At, name: &Name, near: impl Fn(Symbol) -> bool) -> Option<Symbol> {
        if let Some(symbol) = self.visible(at, &name.text) {
            return Some(symbol);
        }
        match self.elsewhere(at, &name.text) {
            [] => {}
            [id] => return self.names.table(Some(*id)).get(&name.text).copied(),
            several => {
                let contexts = several.iter().map(|id| self.model[*id].head.name.clone()).collect();
                self.report(ambiguous_name::several(name, contexts));
                return None;
            }
        }
        let doubtful = at.context.map_or(self.doubts.damaged, |id| self.doubts.contexts.contains(&id));
        if doubtful {
            return None;
        }
        let diagnostic = if let Some(contexts) = self.names.everywhere.get(&name.text) {
            let contexts: Vec<_> = contexts.iter().map(|id| self.model[*id].head.name.as_str()).collect();
            unknown_name::elsewhere(name, &contexts)
        } else if self.names.loose.contains_key(&name.text) {
            unknown_name::loose(name)
        } else {
            unknown_name::unknown(name, self.candidates(at.context, near))
        };
        self.report_unknown(at.context, name, diagnostic);
        None
    }

    /// A name that is unknown in one context is one fault, however often and in whatever way it is used.
    fn report_unknown(&mut self, context: Option<ContextId>, name: &Name, diagnostic: Diagnostic) {
        let key = (context, name.text.clone());
        match self.unknown.get(&key) {
            Some(&index) => merge::add(&mut self.diagnostics[index], name.span),
            None => {
                self.unknown.insert(key, self.diagnostics.len());
                self.report(diagnostic);
            }
        }
    }

    fn visible(&self, at: At, name: &str) -> Option<Symbol> {
        if let Some(&symbol) = self.names.table(at.context).get(name) {
            return Some(symbol);
        }
        self.names.shortened.get(&at.file)?.get(name).map(|(symbol, _)| *symbol)
    }

    /// Outside of contexts a bare name may stand for what only one context has.
    fn elsewhere(&self, at: At, name: &str) -> &[ContextId] {
        match at.context {
            Some(_) => &[],
            None => self.names.everywhere.get(name).map_or(&[], Vec::as_slice),
        }
    }

    /// The names worth suggesting; outside of contexts those of all contexts. In no particular order.
    fn candidates(&self, context: Option<ContextId>, near: impl Fn(Symbol) -> bool) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let tables: Vec<_> = match context {
            Some(id) => vec![self.names.table(Some(id))],
            None => self.names.declared.iter().chain([&self.names.loose]).collect(),
        };
        for table in tables {
            names.extend(table.iter().filter(|(_, symbol)| near(**symbol)).map(|(name, _)| name.as_str()));
        }
        names.sort_unstable();
        names
    }
}
