//! What names mean inside an expression: the fields of the events at hand, the variable of a `for each`, the columns of a
//! row. A bare name is looked for here first and among an enum's values last; what is both is refused.

use std::cell::Cell;

use super::{At, Resolver, Symbol};
use crate::check::capture::{row_image, unknown_column};
use crate::check::types::event_unnamed;
use crate::model::{
    Base, ColumnKind, EnumId, EventId, Field, Join, Root, RowChange, SourceKind, TableId, Type, ValueType,
};
use crate::syntax::tree::{Name, Path};

/// The most characters of `failure.reason`.
const LONGEST_FAILURE: u32 = 200;

/// What stands around an expression.
pub(crate) struct Scope {
    pub at: At,
    /// The events whose fields may be named.
    pub events: Vec<EventId>,
    /// How they are joined.
    pub join: Join,
    /// The fields that all events of a join have in common.
    pub by: Vec<String>,
    /// Not all of the events need have come: only `by` is known.
    pub only_by: bool,
    /// Events that may be named, but whose fields never stand bare.
    pub named: Vec<EventId>,
    /// Events that have not happened: `unless`.
    pub absent: Vec<EventId>,
    /// Variables.
    pub locals: Vec<(String, Type)>,
    /// Fields of the state that an event changes.
    pub state: Vec<Field>,
    /// In a process's `otherwise`: `failure.reason` says what went wrong.
    pub failure: bool,
    /// The row.
    pub row: Option<Row>,
    /// An error about the whole scope has been said.
    pub silent: Cell<bool>,
}

/// A row and what happened to it.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub table: TableId,
    pub change: RowChange,
    /// In a mapping a bare column of an update is the new row's; in a condition it must say which.
    pub mapping: bool,
}

/// Where a path starts and how much of it that takes.
pub(crate) enum Start {
    Value {
        root: Root,
        fields: Vec<(String, ValueType)>,
        ty: ValueType,
        taken: usize,
    },
    EnumValue(EnumId, Name),
    /// Nothing at hand has this name.
    Nothing,
    /// It has been said what is wrong.
    Reported,
}

impl Scope {
    /// A scope in which nothing has a name yet.
    pub(crate) fn new(at: At) -> Self {
        Scope {
            at,
            events: vec![],
            join: Join::Any,
            by: vec![],
            only_by: false,
            named: vec![],
            absent: vec![],
            locals: vec![],
            state: vec![],
            failure: false,
            row: None,
            silent: Cell::new(false),
        }
    }
}

impl Resolver<'_> {
    /// Finds what a path starts from.
    pub(crate) fn start(&mut self, scope: &Scope, path: &Path) -> Start {
        let first = &path.names[0];
        if let Some((_, ty)) = scope.locals.iter().find(|(name, _)| *name == first.text) {
            return Start::Value {
                root: Root::Element,
                fields: vec![],
                ty: ValueType::Model(ty.clone()),
                taken: 1,
            };
        }
        if let Some(row) = scope.row
            && let Some(start) = self.in_row(row, path)
        {
            return start;
        }
        if let Some(start) = self.in_events(scope, first) {
            return start;
        }
        if let Some(field) = scope.state.iter().find(|field| field.name == first.text) {
            let ty = ValueType::Model(field.ty.clone());
            let fields = vec![(first.text.clone(), ty.clone())];
            return Start::Value { root: Root::Element, fields, ty, taken: 1 };
        }
        if let (true, "failure", [_, reason]) = (scope.failure, first.text.as_str(), path.names.as_slice())
            && reason.text == "reason"
        {
            let ty = ValueType::Model(Type::plain(Base::String { most: Some(LONGEST_FAILURE) }));
            let fields = vec![(reason.text.clone(), ty.clone())];
            return Start::Value { root: Root::Element, fields, ty, taken: 2 };
        }
        for length in 1..path.names.len().min(3) {
            match self.peek(scope.at, &path.names[..length]) {
                Some(Symbol::Event(event)) => return self.of_named(scope, path, event, length),
                Some(Symbol::Enum(id)) => return Start::EnumValue(id, path.names[length].clone()),
                _ => {}
            }
        }
        Start::Nothing
    }

    fn in_row(&mut self, row: Row, path: &Path) -> Option<Start> {
        if self.model[self.model[row.table].source].kind == SourceKind::Webhook {
            return self.in_call(row, path);
        }
        let word = |at: usize| path.names.get(at).map(|name| name.text.as_str());
        let (root, column, taken) = match (word(0), word(1)) {
            (Some("old"), Some(_)) => (Root::OldRow, &path.names[1], 2),
            (Some("new"), Some(_)) => (Root::NewRow, &path.names[1], 2),
            (_, None) => {
                let table = &self.model[row.table];
                table.columns.iter().find(|column| column.name == path.names[0].text)?;
                let root = match row.change {
                    RowChange::Deleted => Root::OldRow,
                    RowChange::Inserted => Root::NewRow,
                    RowChange::Updated if row.mapping => Root::NewRow,
                    RowChange::Updated => {
                        self.report(row_image::which(&path.names[0]));
                        return Some(Start::Reported);
                    }
                };
                (root, &path.names[0], 1)
            }
            _ => return None,
        };
        match (row.change, &root) {
            (RowChange::Inserted, Root::OldRow) | (RowChange::Deleted, Root::NewRow) => {
                self.report(row_image::absent(path, row.change));
                return Some(Start::Reported);
            }
            _ => {}
        }
        let table = &self.model[row.table];
        let Some(found) = table.columns.iter().find(|it| it.name == column.text) else {
            let diagnostic = unknown_column::unknown(column, table);
            self.report(diagnostic);
            return Some(Start::Reported);
        };
        let ty = ValueType::Column { kind: found.kind.clone(), nullable: found.nullable };
        Some(Start::Value { root, fields: vec![(column.text.clone(), ty.clone())], ty, taken })
    }

    /// A field of a webhook's body: the whole path is the way to it.
    fn in_call(&self, row: Row, path: &Path) -> Option<Start> {
        let way = path.text();
        let found = self.model[row.table].columns.iter().find(|column| column.name == way)?;
        let ty = ValueType::Column { kind: found.kind.clone(), nullable: found.nullable };
        let fields = vec![(way, ty.clone())];
        Some(Start::Value { root: Root::NewRow, fields, ty, taken: path.names.len() })
    }

    fn in_events(&mut self, scope: &Scope, name: &Name) -> Option<Start> {
        let mut having: Vec<(EventId, Type)> = Vec::new();
        let mut lacking: Vec<EventId> = Vec::new();
        for &event in &scope.events {
            match self.model[event].fields.iter().find(|field| field.name == name.text) {
                Some(field) => having.push((event, field.ty.clone())),
                None => lacking.push(event),
            }
        }
        let (first, ty) = having.first()?.clone();
        let shared = scope.by.contains(&name.text);
        if scope.only_by && !shared {
            self.report(event_unnamed::not_all_came(name, &scope.by));
            return Some(Start::Reported);
        }
        let mut root = Root::Event;
        if scope.join == Join::All && !shared {
            if having.len() > 1 {
                let names = having.iter().map(|(event, _)| self.model[*event].head.name.clone());
                let names = names.collect::<Vec<_>>();
                self.report(event_unnamed::which(name, &names));
                return Some(Start::Reported);
            }
            root = Root::NamedEvent(first);
        } else if let Some(other) = lacking.first() {
            if !self.doubts.about(Symbol::Event(*other)) {
                let diagnostic = event_unnamed::not_in_all(name, &self.model[*other].head);
                self.report(diagnostic);
            }
            return Some(Start::Reported);
        } else if let Some((other, _)) = having.iter().find(|(_, other)| *other != ty) {
            let (one, two) = (&self.model[first].head.name, &self.model[*other].head.name);
            let diagnostic = event_unnamed::types_differ(name, one, two);
            self.report(diagnostic);
            return Some(Start::Reported);
        }
        let ty = ValueType::Model(ty);
        Some(Start::Value { root, fields: vec![(name.text.clone(), ty.clone())], ty, taken: 1 })
    }

    fn of_named(&mut self, scope: &Scope, path: &Path, event: EventId, length: usize) -> Start {
        let field = &path.names[length];
        let name = self.model[event].head.name.clone();
        if scope.absent.contains(&event) {
            self.report(event_unnamed::absent(path, &name));
            return Start::Reported;
        }
        if !scope.events.contains(&event) && !scope.named.contains(&event) {
            self.report(event_unnamed::not_at_hand(path, &name));
            return Start::Reported;
        }
        if scope.only_by {
            self.report(event_unnamed::not_all_came(field, &scope.by));
            return Start::Reported;
        }
        let Some(found) = self.model[event].fields.iter().find(|it| it.name == field.text) else {
            self.missing_field(scope, Symbol::Event(event), field);
            return Start::Reported;
        };
        let ty = ValueType::Model(found.ty.clone());
        let alone = scope.events.as_slice() == [event] && scope.join == Join::Any;
        let root = if alone { Root::Event } else { Root::NamedEvent(event) };
        Start::Value { root, fields: vec![(field.text.clone(), ty.clone())], ty, taken: length + 1 }
    }
}

/// The enum that a value is expected to be of.
pub(crate) fn expected_enum(expected: Option<&ValueType>) -> Option<EnumId> {
    match expected {
        Some(ValueType::Model(Type { base: Base::Enum(id), repeated: false, .. })) => Some(*id),
        _ => None,
    }
}

/// May it be absent?
pub(crate) fn may_be_unset(ty: &ValueType) -> bool {
    match ty {
        ValueType::Model(ty) => ty.optional,
        ValueType::Column { nullable, .. } => *nullable,
        ValueType::Row => false,
    }
}

/// The same type, always there.
pub(crate) fn always_set(ty: &ValueType) -> ValueType {
    match ty {
        ValueType::Model(ty) => ValueType::Model(Type { optional: false, ..ty.clone() }),
        ValueType::Column { kind, .. } => ValueType::Column { kind: kind.clone(), nullable: false },
        ValueType::Row => ValueType::Row,
    }
}

/// A yes or no?
pub(crate) fn is_bool(ty: &ValueType) -> bool {
    match ty {
        ValueType::Model(ty) => ty.base == Base::Bool && !ty.repeated,
        ValueType::Column { kind, .. } => *kind == ColumnKind::Bool,
        ValueType::Row => false,
    }
}
