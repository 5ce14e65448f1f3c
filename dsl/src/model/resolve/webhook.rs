//! A webhook's calls as rows of one table: the fields of the body that its captures name, each of the type that it is
//! mapped to or compared with. What else a body holds is nobody's.
//! It must not know how a call is read.

use super::names::pick;
use super::{At, Resolver};
use crate::model::{Base, Column, ColumnKind, EventId, SourceId, SourceKind, Table, TableId, Type};
use crate::source::Span;
use crate::syntax::tree::{self, BinaryOp, Expr, ExprKind, Item, Literal, SyntaxTree};

impl Resolver<'_> {
    /// A table for each webhook that something is captured from.
    pub(super) fn webhook_tables(&mut self, trees: &[SyntaxTree]) {
        for index in 0..self.model.sources.len() {
            let source = &self.model.sources[index];
            if source.kind != SourceKind::Webhook {
                continue;
            }
            let (name, span, doc) =
                (source.head.name.clone(), source.head.name_span, source.head.doc.clone());
            let items = || trees.iter().flat_map(|tree| tree.items.iter().map(|item| (tree.file, item)));
            let own: Vec<_> = items()
                .filter_map(|(file, item)| match item {
                    Item::Capture(capture) if capture.from.names[0].text == name => {
                        Some((At { context: None, file }, capture))
                    }
                    _ => None,
                })
                .collect();
            let mut columns: Vec<Column> = Vec::new();
            for (at, capture) in &own {
                let event = self.peek(*at, &capture.event.names).and_then(|symbol| pick!(symbol, Event));
                if let Some(event) = event {
                    self.mapped(event, capture, &mut columns);
                }
            }
            for (_, capture) in &own {
                capture.condition.iter().for_each(|condition| compared(condition, &mut columns));
            }
            if columns.is_empty() {
                continue;
            }
            let id = TableId(self.model.tables.len() as u32);
            let (source, primary_key, feeds, key) = (SourceId(index as u32), vec![], None, vec![]);
            self.model.tables.push(Table { name, doc, source, columns, primary_key, feeds, key, span });
            self.model.sources[index].tables.push(id);
        }
    }

    /// The fields that a capture maps, each as its event's field has it.
    fn mapped(&self, event: EventId, capture: &tree::Capture, columns: &mut Vec<Column>) {
        for assign in &capture.assigns {
            let field = self.model[event].fields.iter().find(|field| field.name == assign.name.text);
            let Some(field) = field else { continue };
            let (way, span) = match assign.value.as_ref().map(|value| (&value.kind, value.span)) {
                None => (assign.name.text.clone(), assign.name.span),
                Some((ExprKind::Path(path), span)) => (path.text(), span),
                Some(_) => continue,
            };
            add(columns, way, self.column_of(&field.ty), span);
        }
    }

    fn column_of(&self, ty: &Type) -> ColumnKind {
        if ty.repeated {
            return ColumnKind::Json;
        }
        match &ty.base {
            Base::Bool => ColumnKind::Bool,
            Base::I32 => ColumnKind::Int32,
            Base::I64 => ColumnKind::Int64,
            Base::U32 => ColumnKind::Uint32,
            Base::U64 => ColumnKind::Uint64,
            Base::F32 => ColumnKind::Float,
            Base::F64 => ColumnKind::Double,
            Base::Decimal { precision, scale } => {
                ColumnKind::Decimal { precision: *precision, scale: *scale }
            }
            // Nothing but text is a time of day to a database: the mapping says so.
            Base::String { .. } | Base::Time => {
                let most = if let Base::String { most } = ty.base { most } else { None };
                ColumnKind::String { most }
            }
            Base::Bytes => ColumnKind::Bytes { most: None, fixed: false },
            Base::Uuid => ColumnKind::Uuid,
            Base::Date => ColumnKind::Date,
            Base::Timestamp => ColumnKind::Timestamp { fraction: 6 },
            Base::Duration => ColumnKind::Time,
            Base::Enum(id) => {
                ColumnKind::Enum(self.model[*id].values.iter().map(|value| value.name.clone()).collect())
            }
            Base::Json | Base::Record(_) | Base::Map(_) => ColumnKind::Json,
        }
    }
}

/// The fields that a condition compares with a value, looks for, or takes for true.
fn compared(condition: &Expr, columns: &mut Vec<Column>) {
    match &condition.kind {
        ExprKind::Path(path) => add(columns, path.text(), ColumnKind::Bool, condition.span),
        ExprKind::Unary(_, inner) => compared(inner, columns),
        ExprKind::Binary(BinaryOp::And | BinaryOp::Or, one, other) => {
            compared(one, columns);
            compared(other, columns);
        }
        ExprKind::Binary(_, one, other) => match (&one.kind, &other.kind) {
            (ExprKind::Path(path), ExprKind::Literal(value))
            | (ExprKind::Literal(value), ExprKind::Path(path)) => {
                add(columns, path.text(), of_literal(value), condition.span);
            }
            _ => {}
        },
        ExprKind::IsSet { value, .. } => {
            if let ExprKind::Path(path) = &value.kind {
                add(columns, path.text(), ColumnKind::Json, condition.span);
            }
        }
        ExprKind::Literal(_) => {}
    }
}

fn of_literal(value: &Literal) -> ColumnKind {
    match value {
        Literal::Number(digits, _) if digits.contains('.') => ColumnKind::Decimal { precision: 28, scale: 6 },
        Literal::Number(..) => ColumnKind::Int64,
        Literal::Bool(..) => ColumnKind::Bool,
        Literal::Text(_) => ColumnKind::String { most: None },
        Literal::Duration(_) => ColumnKind::Time,
    }
}

/// The first one that names a field says its type. Any of them may be absent from a call.
fn add(columns: &mut Vec<Column>, name: String, kind: ColumnKind, span: Span) {
    if columns.iter().all(|column| column.name != name) {
        let (sql, doc) = ("field".to_owned(), None);
        columns.push(Column { name, sql, kind, nullable: true, doc, span });
    }
}
