//! Doc comments of generated items: the model's words first, then the sentence they come from.

use storm_dsl::model::{Entrance, Handler, RowChange, SourceKind};

use crate::contract::{Contract, Field, Message, Of};

/// `/// ` lines of a text, indented.
pub(super) fn doc(indent: &str, text: &str) -> String {
    let line = |line: &str| match line.trim_end() {
        "" => format!("{indent}///\n"),
        line => format!("{indent}/// {line}\n"),
    };
    text.lines().map(line).collect()
}

/// The doc of a field. What is deprecated is said here alone: a handler must still fill the field, and an attribute
/// would make it warn.
pub(super) fn field_doc(field: &Field) -> String {
    let own = field.doc.clone();
    let pii = field.pii.then(|| "Personal data.".to_owned());
    let deprecated = field.deprecated.as_ref().map(|instead| format!("Deprecated: {instead}."));
    let parts: Vec<String> = [own, pii, deprecated].into_iter().flatten().collect();
    doc("    ", &parts.join("\n\n"))
}

/// The doc of a message: its own words, then what it is and where it stands.
pub(super) fn message_doc(contract: &Contract<'_>, message: &Message) -> String {
    let what = match message.of {
        Of::Record(_) => format!("Type `{}`", message.name),
        Of::Command(id) => {
            let command = &contract.model[id];
            let mut what = format!("Command `{}`", message.name);
            if let Some(on) = command.on {
                what.push_str(&format!(" on `{}`", handler(contract, on)));
            }
            let by: Vec<String> =
                command.by.iter().map(|&id| format!("`{}`", contract.model[id].head.name)).collect();
            if !by.is_empty() {
                what.push_str(&format!(", by {}", by.join(" and ")));
            }
            if let Some((cron, _)) = &command.every {
                what.push_str(&format!(", every `{cron}`"));
            }
            what
        }
        Of::Event(id) => {
            let event = &contract.model[id];
            let mut what = format!("Event `{}`", message.name);
            match event.raised_by {
                Some(Handler::Aggregate(id)) => {
                    what.push_str(&format!(" on `{}`", contract.model[id].head.name))
                }
                Some(Handler::External(id)) => {
                    what.push_str(&format!(" from `{}`", contract.model[id].head.name))
                }
                None => {}
            }
            what + &entrance(contract, event.entrance)
        }
    };
    let own = message.doc.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let deprecated = message.deprecated.as_ref().map(|instead| format!("\n\nDeprecated: {instead}."));
    doc("", &format!("{own}{what} ({}).{}", message.place, deprecated.unwrap_or_default()))
}

fn entrance(contract: &Contract<'_>, entrance: Option<Entrance>) -> String {
    match entrance {
        Some(Entrance::Capture(id)) => {
            let capture = &contract.model[id];
            let table = capture.table.map(|table| contract.model[table].name.as_str()).unwrap_or_default();
            let source = &contract.model[capture.source].head.name;
            if contract.model[capture.source].kind == SourceKind::Webhook {
                return format!(", when `{source}` calls");
            }
            format!(", when a row of `{source}.{table}` is {}", change_word(capture.change))
        }
        Some(Entrance::Recorded) => ", recorded by the handler that raises it".into(),
        Some(Entrance::Sourced(_)) | None => String::new(),
    }
}

/// `inserted`, `updated`, `deleted`
pub(super) fn change_word(change: Option<RowChange>) -> &'static str {
    match change {
        Some(RowChange::Updated) => "updated",
        Some(RowChange::Deleted) => "deleted",
        Some(RowChange::Inserted) | None => "inserted",
    }
}

fn handler<'c>(contract: &'c Contract<'_>, handler: Handler) -> &'c str {
    match handler {
        Handler::Aggregate(id) => &contract.model[id].head.name,
        Handler::External(id) => &contract.model[id].head.name,
    }
}
