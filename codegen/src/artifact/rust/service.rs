//! `model/service.rs`: the wiring, a table without logic. `model/commands.rs`: what a person implements.

use askama::Template;
use storm_dsl::model::{Entrance, SourceId};

use super::docs::doc;
use super::doors;
use super::externals;
use super::policies::reactions;
use super::spec::database_constant;
use super::translate::function;
use super::webhooks;
use crate::artifact::{openapi, text};
use crate::contract::{Context, Contract, Message, Of};
use crate::names;

#[derive(Template)]
#[template(path = "rust/service.rs.jinja", escape = "none")]
struct ServiceView {
    constant: String,
    context: String,
    captures: Vec<(String, Vec<String>)>,
    /// Their constants, and the translations of their calls.
    webhooks: Vec<(String, Vec<String>)>,
    records: Vec<String>,
    policies: Vec<String>,
    handled: bool,
    externals: Vec<String>,
    schedules: Vec<(String, String)>,
    /// Commands that actors issue, and their constants.
    doors: Vec<(String, String)>,
    /// There is an OpenAPI document.
    described: bool,
}

#[derive(Template)]
#[template(path = "rust/commands.rs.jinja", escape = "none")]
struct CommandsView {
    context: String,
    commands: Vec<CommandView>,
}

struct CommandView {
    doc: String,
    function: String,
    name: String,
}

/// The wiring of a context.
pub(super) fn service(contract: &Contract<'_>, own: &Context) -> String {
    let recorded = |message: &&Message| match message.of {
        Of::Event(id) => contract.model[id].entrance == Some(Entrance::Recorded),
        _ => false,
    };
    text(&ServiceView {
        constant: names::constant(&own.slug),
        context: own.name.clone(),
        captures: captures(contract, own),
        webhooks: webhooks(contract, own),
        records: own.events.iter().filter(recorded).map(|event| event.name.clone()).collect(),
        policies: reactions(contract, own).into_iter().map(|reaction| reaction.name).collect(),
        handled: !own.commands.is_empty(),
        externals: externals::called(contract, own).into_iter().map(|known| known.name).collect(),
        schedules: schedules(contract, own),
        doors: openapi::doors(contract, own)
            .map(|command| (command.name.clone(), doors::constant(&command.name)))
            .collect(),
        described: openapi::is_described(contract, own),
    })
}

/// Each database with the translations of its rows.
fn captures(contract: &Contract<'_>, own: &Context) -> Vec<(String, Vec<String>)> {
    own.captures_from
        .iter()
        .map(|database| (database_constant(own, database), rows(contract, own, database.source)))
        .collect()
}

/// Each webhook with the translations of its calls.
fn webhooks(contract: &Contract<'_>, own: &Context) -> Vec<(String, Vec<String>)> {
    let of = |called: &webhooks::Called<'_>| {
        (webhooks::constant(&called.source.head.name), rows(contract, own, Some(called.id)))
    };
    webhooks::called(contract, own).iter().map(of).collect()
}

/// The translations of a source's rows.
fn rows(contract: &Contract<'_>, own: &Context, source: Option<SourceId>) -> Vec<String> {
    let of_source = contract.model.captures.iter().filter(|capture| Some(capture.source) == source);
    let own_rows = of_source.filter(|capture| contract.model[capture.event].head.context == Some(own.id));
    own_rows
        .filter(|capture| capture.table.is_some_and(|table| own.rows.iter().any(|row| row.table == table)))
        .map(|capture| format!("row({})", function(own.event(capture.event))))
        .collect()
}

/// Scheduled commands: name and cron expression.
fn schedules(contract: &Contract<'_>, own: &Context) -> Vec<(String, String)> {
    let every = |message: &Message| match message.of {
        Of::Command(id) => contract.model[id].every.as_ref().map(|(cron, _)| cron.clone()),
        _ => None,
    };
    own.commands.iter().filter_map(|command| Some((command.name.clone(), every(command)?))).collect()
}

/// The trait that a person implements, and its table.
pub(super) fn commands(own: &Context) -> String {
    let commands = own.commands.iter().map(|command| {
        let own_doc = command.doc.clone().map(|own| format!("{own}\n\n")).unwrap_or_default();
        CommandView {
            doc: doc("    ", &format!("{own_doc}Does `{}` ({}).", command.name, command.place)),
            function: names::function(&command.name),
            name: command.name.clone(),
        }
    });
    text(&CommandsView { context: own.name.clone(), commands: commands.collect() })
}
