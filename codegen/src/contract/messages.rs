//! Events, commands and records: their fields with numbers.

use storm_dsl::model::{CommandId, ContextId, EventId, Field as ModelField, Head, RecordId};

use super::settle::{Settling, reserved};
use super::words::type_words;
use super::{Field, Message, Of};
use crate::lock::{OnTypeChange, Wanted};
use crate::names;

impl Settling<'_> {
    pub(super) fn records(&mut self, context: ContextId, slug: &str) -> Vec<Message> {
        let model = self.model;
        let own = model.records.iter().enumerate().filter(|(_, record)| record.head.context == Some(context));
        own.map(|(index, record)| {
            self.message(slug, context, Of::Record(RecordId(index as u32)), &record.head, &record.fields)
        })
        .collect()
    }

    pub(super) fn commands(&mut self, context: ContextId, slug: &str) -> Vec<Message> {
        let model = self.model;
        let own =
            model.commands.iter().enumerate().filter(|(_, command)| command.head.context == Some(context));
        own.map(|(index, command)| {
            let of = Of::Command(CommandId(index as u32));
            let message = self.message(slug, context, of, &command.head, &command.fields);
            Message { key: key(&command.key, &command.fields), ..message }
        })
        .collect()
    }

    pub(super) fn events(&mut self, context: ContextId, slug: &str) -> Vec<Message> {
        let model = self.model;
        let own = model.events.iter().enumerate().filter(|(_, event)| event.head.context == Some(context));
        own.map(|(index, event)| {
            let message =
                self.message(slug, context, Of::Event(EventId(index as u32)), &event.head, &event.fields);
            Message { key: key(&event.key, &event.fields), deprecated: event.deprecated.clone(), ..message }
        })
        .collect()
    }

    fn message(
        &mut self,
        slug: &str,
        context: ContextId,
        of: Of,
        head: &Head,
        fields: &[ModelField],
    ) -> Message {
        let name = names::type_name(&head.name);
        let wanted: Vec<Wanted> = fields
            .iter()
            .map(|field| Wanted {
                name: names::field(&field.name),
                ty: type_words(self.model, &field.ty),
                renamed_from: field.renamed_from.as_deref().map(names::field),
                span: field.span,
            })
            .collect();
        let key = format!("{slug}.v1.{name}");
        let published = self.lock.messages.contains_key(&key);
        let numbers = self.lock.messages.entry(key).or_default();
        let before = numbers.clone();
        numbers.settle(&head.name, &wanted, OnTypeChange::Refuse, &mut self.diagnostics);
        let fields: Vec<Field> = fields
            .iter()
            .map(|field| {
                let proto = names::field(&field.name);
                Field {
                    name: field.name.clone(),
                    number: numbers.number(&proto),
                    proto,
                    ty: field.ty.clone(),
                    doc: field.doc.clone(),
                    pii: field.pii,
                    deprecated: field.deprecated.clone(),
                }
            })
            .collect();
        for field in fields.iter().filter(|field| published && !field.ty.optional && !field.ty.repeated) {
            let kept = before.live.values().any(|(number, _)| *number == field.number);
            if !kept {
                self.notes.push(format!(
                    "`{}.{}` is new and not optional: messages published earlier do not have it; `{}: …?` reads them",
                    head.name, field.name, field.name
                ));
            }
        }
        Message {
            context,
            of,
            doc: head.doc.clone(),
            place: self.sources.place(head.name_span),
            fields,
            reserved: reserved(numbers, str::to_owned),
            key: Vec::new(),
            deprecated: None,
            name,
        }
    }
}

/// Indices of the key's fields. A scheduled command without fields has none.
fn key(names: &[String], fields: &[ModelField]) -> Vec<usize> {
    names.iter().filter_map(|name| fields.iter().position(|field| field.name == *name)).collect()
}
