//! `model/translate.rs`: raw row to public event, a function an event.

use askama::Template;
use storm_dsl::model::{Capture, RowChange, SourceKind, TableId};

use super::docs::{change_word, doc};
use super::expr::{Absent, Scope};
use super::spell::Spell;
use crate::artifact::text;
use crate::contract::{Context, Message, Row};
use crate::names;

#[derive(Template)]
#[template(path = "rust/translate.rs.jinja", escape = "none")]
struct TranslateView {
    doc: String,
    function: String,
    row: String,
    event: String,
    pattern: String,
    value: String,
    holds: Option<String>,
    fields: Vec<String>,
}

/// A capture as a function; none when its source is not a database.
pub(super) fn translation(spell: Spell<'_>, own: &Context, capture: &Capture) -> Option<String> {
    let row = row_of(own, capture.table?);
    let contract = spell.contract;
    let event = own.event(capture.event);
    let scope = Scope { spell, element: None, row: Some(row), absent: Absent::Refuse };
    let holds = capture.condition.as_ref().map(|condition| scope.condition(condition).text);
    let fields: Vec<String> = event
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let name = names::rust(&field.proto);
            match capture.values.iter().find(|(given, _)| *given == index) {
                Some((_, value)) => format!("{name}: {}", scope.value(value, &field.ty, &field.proto)),
                None if field.ty.repeated => format!("{name}: Vec::new()"),
                None => format!("{name}: None"),
            }
        })
        .collect();
    let code = format!("{} {}", holds.as_deref().unwrap_or_default(), fields.join(" "));
    let (pattern, value) = pattern(capture.change, &code);
    let said = capture.condition.as_ref().map(|condition| {
        let text = &contract.sources.file(condition.span.file).text;
        let written = &text[condition.span.start as usize..condition.span.end as usize];
        format!(" where `{}`", written.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    let source = &contract.model[capture.source];
    let happens = match source.kind {
        SourceKind::Webhook => format!("`{}` calls", source.head.name),
        _ => {
            let table = format!("{}.{}", source.head.name, contract.model[row.table].name);
            format!("a row of `{table}` is {}", change_word(capture.change))
        }
    };
    let head = format!(
        "`{}` when {happens}{} ({}).",
        event.name,
        said.unwrap_or_default(),
        contract.place(capture.span)
    );
    let own_doc = capture.doc.as_ref().map(|own| format!("\n\n{own}")).unwrap_or_default();
    Some(text(&TranslateView {
        doc: doc("", &format!("{head}{own_doc}")),
        function: function(event),
        row: row.name.clone(),
        event: event.name.clone(),
        pattern,
        value,
        holds,
        fields,
    }))
}

/// The name of an event's translation: `order_paid`.
pub(super) fn function(event: &Message) -> String {
    names::function(&event.name)
}

/// The captured table's row.
pub(super) fn row_of(own: &Context, table: TableId) -> &Row {
    let found = own.rows.iter().find(|row| row.table == table);
    found.unwrap_or_else(|| panic!("a captured table feeds its context"))
}

/// The change that is wanted, with the rows that the code reads.
fn pattern(change: Option<RowChange>, code: &str) -> (String, String) {
    let (old, new) = (code.contains("old."), code.contains("new."));
    let op = match change {
        Some(RowChange::Updated) => "Op::Updated",
        Some(RowChange::Deleted) => "Op::Deleted",
        Some(RowChange::Inserted) | None => "Op::Inserted",
    };
    match (old, new) {
        (true, true) => {
            (format!("({op}, Some(old), Some(new))"), "(change.op, &change.before, &change.after)".into())
        }
        (true, false) => (format!("({op}, Some(old))"), "(change.op, &change.before)".into()),
        (false, true) => (format!("({op}, Some(new))"), "(change.op, &change.after)".into()),
        (false, false) => (op.into(), "change.op".into()),
    }
}
