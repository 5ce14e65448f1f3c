//! Shapes that a message cannot carry, and commands that nobody could fill.

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{Base, Field, Head, Model, Type};

use super::is_written;

pub(super) static SHAPE: Rule = Rule {
    code: "S0712",
    title: "a message cannot carry a field of this shape",
    explain: "Protobuf has no optional list and no optional map, and a map's values are plain: `map<string, T>`, not a map \
of lists, of maps or of optional values. An absent list and an empty one are the same.\n\nPut the inner list into a type of \
its own:\n\n```storm\ntype Lines { lines: OrderLine[] }\nevent OrdersMerged { orders: map<string, Lines> }\n```",
};

pub(super) static SCHEDULED_FIELDS: Rule = Rule {
    code: "S0713",
    title: "a scheduled command has no one to fill its fields",
    explain: "A command with `every` is issued by the clock, which knows no values. Make its fields optional, or leave them \
out and let the handler look for what is due.",
};

pub(super) fn fields(model: &Model) -> Vec<Diagnostic> {
    let events = model.events.iter().map(|event| (&event.head, &event.fields));
    let commands = model.commands.iter().map(|command| (&command.head, &command.fields));
    let records = model.records.iter().map(|record| (&record.head, &record.fields));
    let all: Vec<(&Head, &Vec<Field>)> = events.chain(commands).chain(records).collect();
    let written = all.into_iter().filter(|(head, _)| is_written(model, head));
    let mut found = Vec::new();
    for (head, fields) in written {
        for field in fields {
            if let Some(why) = misshapen(&field.ty) {
                let message = format!("`{}.{}` is {why}, which a message cannot carry", head.name, field.name);
                let help = "make it a plain list, or put the inner part into a `type` of its own";
                found.push(Diagnostic::error(&SHAPE, field.span, message).help(help));
            }
        }
    }
    found
}

fn misshapen(ty: &Type) -> Option<&'static str> {
    let is_map = matches!(ty.base, Base::Map(_));
    match &ty.base {
        _ if ty.repeated && ty.optional => Some("an optional list"),
        _ if is_map && ty.optional => Some("an optional map"),
        _ if is_map && ty.repeated => Some("a list of maps"),
        Base::Map(value) if value.repeated => Some("a map of lists"),
        Base::Map(value) if value.optional => Some("a map of optional values"),
        Base::Map(value) if matches!(value.base, Base::Map(_)) => Some("a map of maps"),
        _ => None,
    }
}

pub(super) fn schedules(model: &Model) -> Vec<Diagnostic> {
    let scheduled = model.commands.iter().filter(|command| command.every.is_some() && is_written(model, &command.head));
    scheduled
        .filter_map(|command| {
            let field = command.fields.first()?;
            let message = format!("`{}` is scheduled, and no one fills `{}`", command.head.name, field.name);
            let help = "leave the fields out, and let the handler look for what is due";
            Some(Diagnostic::error(&SCHEDULED_FIELDS, field.span, message).help(help))
        })
        .collect()
}
