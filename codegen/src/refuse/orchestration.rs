//! Processes, sourced aggregates, views and versions: checked and drawn, not run yet.

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::Model;

use super::is_written;

pub(super) static PROCESS: Rule = Rule {
    code: "S0701",
    title: "a process cannot run yet",
    explain: "A process keeps state for each key and waits; the runtime cannot do that yet. It is checked and drawn.\n\n\
Until then, write its steps as policies:\n\n```storm\npolicy PayFirst { whenever OrderPlaced, then Payments.ChargeCard { \
order_id, total }, retry 8 times then skip }\n```",
};

pub(super) static SOURCED: Rule = Rule {
    code: "S0702",
    title: "a sourced aggregate cannot run yet",
    explain: "A sourced aggregate is the fold of its own events; the runtime cannot do that yet. It is checked and drawn.\n\n\
Until then, keep its state in a table, and capture its events from there:\n\n```storm\naggregate Basket key basket_id: uuid\n\
capture Ordering.ItemAdded from shop.basket_items inserted { basket_id, quantity }\n```",
};

pub(super) static VIEW: Rule = Rule {
    code: "S0705",
    title: "a view cannot run yet",
    explain: "A view follows events and answers questions; the runtime cannot keep one yet. It is checked and drawn.\n\n\
Until then, let a reader of the events keep it.",
};

pub(super) static VERSION: Rule = Rule {
    code: "S0706",
    title: "a second version cannot run yet",
    explain: "A version 2 lives in a package of its own and old messages are lifted to it; the runtime cannot do that yet.\n\n\
Until then, add optional fields to version 1, or give the new message a new name.",
};

pub(super) fn processes(model: &Model) -> Vec<Diagnostic> {
    let written = model.processes.iter().filter(|process| is_written(model, &process.head));
    written
        .map(|process| {
            let message = format!("the process `{}` cannot run yet", process.head.name);
            Diagnostic::error(&PROCESS, process.head.name_span, message).help(
                "write its steps as policies for now, or keep it in a model of its own that is only drawn",
            )
        })
        .collect()
}

pub(super) fn sourced(model: &Model) -> Vec<Diagnostic> {
    let written = model.aggregates.iter().filter(|aggregate| is_written(model, &aggregate.head));
    written
        .filter_map(|aggregate| {
            let message = format!("the sourced aggregate `{}` cannot run yet", aggregate.head.name);
            let help = "remove `sourced`, keep its state in a table and capture its events from there";
            Some(Diagnostic::error(&SOURCED, aggregate.sourced?, message).help(help))
        })
        .collect()
}

pub(super) fn views(model: &Model) -> Vec<Diagnostic> {
    let written = model.views.iter().filter(|view| is_written(model, &view.head));
    written
        .map(|view| {
            let message = format!("the view `{}` cannot run yet", view.head.name);
            Diagnostic::error(&VIEW, view.head.name_span, message)
                .help("leave it out for now, and let a reader of the events keep it")
        })
        .collect()
}

pub(super) fn versions(model: &Model) -> Vec<Diagnostic> {
    let events = model.events.iter().filter(|event| is_written(model, &event.head));
    let events = events.filter(|event| event.version > 1 || event.upcast.is_some()).map(|event| {
        (&event.head, event.version_span.or(event.upcast).unwrap_or(event.head.name_span), event.version)
    });
    let commands =
        model.commands.iter().filter(|command| is_written(model, &command.head) && command.version > 1);
    let commands = commands.map(|command| (&command.head, command.head.name_span, command.version));
    events
        .chain(commands)
        .map(|(head, span, version)| {
            let message = format!("version {version} of `{}` cannot run yet", head.name);
            Diagnostic::error(&VERSION, span, message)
                .help("add optional fields to version 1, or give the new message a new name")
        })
        .collect()
}
