//! `model/externals.rs`: the external systems that a context's handlers call, a type each.
//! It must not know: how a system is spoken to, or what happens when it is down.

use askama::Template;
use storm_dsl::model::{External, ExternalId, Handler};

use super::docs::doc;
use super::policies;
use super::uses::Uses;
use crate::artifact::text;
use crate::contract::{Context, Contract, Of};
use crate::names;

#[derive(Template)]
#[template(path = "rust/externals.rs.jinja", escape = "none")]
struct ExternalsView {
    externals: Vec<ExternalView>,
}

struct ExternalView {
    doc: String,
    name: String,
    context: String,
    url: String,
    timeout: String,
    at_most: String,
}

/// An external system as the generated code and the configuration know it.
pub(super) struct Known<'m> {
    /// Its name in Rust, in the configuration and in metrics.
    pub name: String,
    /// The handlers' field that holds its door.
    pub field: String,
    pub external: &'m External,
    id: ExternalId,
}

/// The systems that handlers of this context call: those that do a command of its own, and those that have a limit.
pub(super) fn called<'m>(contract: &Contract<'m>, own: &Context) -> Vec<Known<'m>> {
    let model = contract.model;
    let all = model.externals.iter().enumerate().map(|(index, external)| Known {
        name: names::type_name(&external.head.name),
        field: names::rust(&names::function(&external.head.name)),
        external,
        id: ExternalId(index as u32),
    });
    let does = |known: &Known<'_>| {
        own.commands.iter().any(|command| match command.of {
            Of::Command(id) => model[id].on == Some(Handler::External(known.id)),
            _ => false,
        })
    };
    let limited = |external: &External| external.timeout.is_some() || external.at_most.is_some();
    all.filter(|known| known.external.head.context == Some(own.id))
        .filter(|known| does(known) || limited(known.external))
        .collect()
}

/// The field of the system that does a command, if one does.
pub(super) fn door_of(contract: &Contract<'_>, own: &Context, command: Of) -> Option<(String, String)> {
    let Of::Command(command) = command else { return None };
    let Some(Handler::External(id)) = contract.model[command].on else { return None };
    called(contract, own).into_iter().find(|known| known.id == id).map(|known| (known.name, known.field))
}

/// The types; nothing when the context calls none.
pub(super) fn spec(contract: &Contract<'_>, own: &Context) -> String {
    let externals: Vec<ExternalView> =
        called(contract, own).iter().map(|known| view(contract, own, known)).collect();
    if externals.is_empty() { String::new() } else { text(&ExternalsView { externals }) }
}

fn view(contract: &Contract<'_>, own: &Context, known: &Known<'_>) -> ExternalView {
    let External { head, url, timeout, at_most } = known.external;
    let own_doc = head.doc.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let place = contract.place(head.span);
    let some = |text: Option<String>| text.map_or("None".to_owned(), |text| format!("Some({text})"));
    let rate = |&(calls, per): &(u64, u64)| {
        format!("({}, {})", u32::try_from(calls).unwrap_or(u32::MAX), policies::span(per))
    };
    ExternalView {
        doc: doc("", &format!("{own_doc}External system `{}` ({place}).", head.name)),
        name: known.name.clone(),
        context: own.slug.clone(),
        url: some(url.as_ref().map(|url| format!("{url:?}"))),
        timeout: some(timeout.map(policies::span)),
        at_most: some(at_most.as_ref().map(rate)),
    }
}

/// What the file is about.
pub(super) fn about(context: &str) -> String {
    format!("The external systems that `{context}` calls: `start.external::<…>()` is the door to each.")
}

/// What the file may use: names of the runtime alone.
pub(super) fn uses() -> Uses {
    let mut uses = Uses::default();
    uses.offer("storm_runtime", &["ExternalSpec", "System", "hours", "millis", "minutes", "seconds"]);
    uses
}
