//! From a model and its lock to the contract and the lock to come: every name spelled, every number given.

use std::collections::BTreeMap;

use storm_dsl::diagnostic::Diagnostic;
use storm_dsl::model::{Context as ModelContext, ContextId, Entrance, Enum, Model, SourceKind};
use storm_dsl::source::SourceSet;

use super::{Context, Contract, Database, EnumShape, EnumShapeValue, Extent, Reserved, extents};
use crate::lock::{Lock, Numbers, OnTypeChange, Wanted};
use crate::project::Project;
use crate::{names, topics};

/// What settling works on.
pub(super) struct Settling<'s> {
    pub model: &'s Model,
    pub sources: &'s SourceSet,
    pub lock: &'s mut Lock,
    pub diagnostics: Vec<Diagnostic>,
    pub notes: Vec<String>,
}

/// Settles a model. The lock becomes the lock to come.
///
/// # Errors
/// What the lock forbids.
pub(crate) fn settle<'m>(
    model: &'m Model,
    sources: &'m SourceSet,
    project: &'m Project,
    lock: &mut Lock,
    notes: &mut Vec<String>,
) -> Result<Contract<'m>, Vec<Diagnostic>> {
    let mut settling = Settling { model, sources, lock, diagnostics: Vec::new(), notes: Vec::new() };
    let contexts =
        extents(model).into_iter().map(|(id, extent)| settling.context(id, extent, project)).collect();
    notes.append(&mut settling.notes);
    if settling.diagnostics.is_empty() {
        Ok(Contract { model, sources, project, contexts })
    } else {
        Err(settling.diagnostics)
    }
}

impl Settling<'_> {
    fn context(&mut self, id: ContextId, extent: Extent, project: &Project) -> Context {
        let context = &self.model[id];
        let name = context.head.name.clone();
        let slug = names::slug(&name);
        let captures_from =
            if extent == Extent::Service { self.databases(id, context, project) } else { Vec::new() };
        let messages = extent >= Extent::Contract;
        let enums: Vec<&Enum> = self.model.enums.iter().filter(|one| one.head.context == Some(id)).collect();
        Context {
            id,
            package: names::package(&project.name, &name, 1),
            doc: context.head.doc.clone(),
            owner: context.owner.clone(),
            extent,
            enums: enums.into_iter().map(|one| self.enumeration(&slug, one)).collect(),
            records: self.records(id, &slug),
            commands: if messages { self.commands(id, &slug) } else { Vec::new() },
            events: if messages { self.events(id, &slug) } else { Vec::new() },
            rows: if messages { self.rows(id, &slug) } else { Vec::new() },
            topics: topics::plan(
                self.model,
                id,
                extent,
                &captures_from,
                self.lock,
                &mut self.diagnostics,
                &mut self.notes,
            ),
            captures_from,
            name,
            slug,
        }
    }

    fn enumeration(&mut self, slug: &str, of: &Enum) -> EnumShape {
        let name = names::type_name(&of.head.name);
        let wanted: Vec<Wanted> = of
            .values
            .iter()
            .map(|value| Wanted {
                name: value.name.clone(),
                ty: String::new(),
                renamed_from: value.renamed_from.clone(),
                span: value.span,
            })
            .collect();
        let key = format!("{slug}.v1.{name}");
        let numbers = self.lock.enums.entry(key).or_default();
        numbers.settle(&of.head.name, &wanted, OnTypeChange::Refuse, &mut self.diagnostics);
        let values = of.values.iter().map(|value| EnumShapeValue {
            name: value.name.clone(),
            number: numbers.number(&value.name),
            doc: value.doc.clone(),
        });
        let index = self.model.enums.iter().position(|one| std::ptr::eq(one, of));
        EnumShape {
            id: storm_dsl::model::EnumId(index.unwrap_or_else(|| panic!("the enum is the model's")) as u32),
            values: values.collect(),
            reserved: reserved(numbers, |value| names::enum_value(&name, value)),
            doc: of.head.doc.clone(),
            place: self.sources.place(of.head.name_span),
            name,
        }
    }

    /// Where the context's rows and its outbox are captured from: the sources of its tables; else, for its outbox, the
    /// model's only database; else the service's own database, which no source names.
    fn databases(&mut self, id: ContextId, context: &ModelContext, project: &Project) -> Vec<Database> {
        let feeding = |source: &storm_dsl::model::Source| {
            source.tables.iter().any(|&table| self.model[table].feeds == Some(id))
        };
        let of = |(index, source): (usize, &storm_dsl::model::Source)| Database {
            source: Some(storm_dsl::model::SourceId(index as u32)),
            name: source.head.name.clone(),
            databases: source.databases.clone(),
            tenant: source.tenant,
            place: Some(self.sources.place(source.head.name_span)),
        };
        let mysql =
            || self.model.sources.iter().enumerate().filter(|(_, source)| source.kind == SourceKind::Mysql);
        let own: Vec<Database> = mysql().filter(|(_, source)| feeding(source)).map(of).collect();
        let records = self
            .model
            .events
            .iter()
            .any(|event| event.head.context == Some(id) && event.entrance == Some(Entrance::Recorded));
        if !own.is_empty() || !records {
            return own;
        }
        let mut all: Vec<Database> = mysql().map(of).collect();
        if all.is_empty() {
            let name = names::slug(&project.name);
            self.notes.push(format!(
                "no source is named: `{}` captures its outbox from the database `{name}`",
                context.head.name
            ));
            all.push(Database { source: None, databases: name.clone(), name, tenant: false, place: None });
        }
        all
    }
}

/// The reserved entries of a message or enum; `spell` makes the proto name of a lock name.
pub(super) fn reserved(numbers: &Numbers, spell: impl Fn(&str) -> String) -> Reserved {
    let names: BTreeMap<String, ()> =
        numbers.reserved_names().into_iter().map(|name| (spell(name), ())).collect();
    Reserved { numbers: numbers.reserved(), names: names.into_keys().collect() }
}
