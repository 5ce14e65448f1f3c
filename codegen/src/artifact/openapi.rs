//! `openapi/<context>.json`: the commands that actors issue from outside, for whoever writes a caller.
//! It must not know how a request is answered.

mod schema;

use askama::Template;

use super::{Artifact, Ground, Plan, text};
use crate::contract::{Context, Contract, Message, Of};
use crate::files::{Kind, MARK, Ownership};
use schema::{Schemas, quoted};

pub(super) struct OpenApi;

#[derive(Template)]
#[template(path = "openapi/document.json.jinja", escape = "none")]
struct DocumentView {
    mark: String,
    title: String,
    description: String,
    tenants: bool,
    doors: Vec<DoorView>,
    refusals: &'static [(u16, &'static str)],
    schemas: Vec<schema::Schema>,
    standard: String,
}

#[derive(Template)]
#[template(path = "openapi/standard.json.jinja", escape = "none")]
struct StandardView {
    tenants: bool,
    refusals: &'static [(u16, &'static str)],
}

struct DoorView {
    name: String,
    summary: String,
    description: String,
    tags: Vec<String>,
    example: String,
}

/// What a door answers when it says no.
const REFUSALS: &[(u16, &str)] = &[
    (400, "The body or a header is not what it should be; every fault is named."),
    (401, "Who asks is not known."),
    (404, "There is no door for this command."),
    (408, "The body did not arrive in time."),
    (413, "The body is too large."),
    (415, "The body is not JSON."),
    (429, "Too many commands are on their way: try again after Retry-After."),
    (503, "The command was not acknowledged: repeat it under the same Idempotency-Key."),
];

impl Artifact for OpenApi {
    fn name(&self) -> &'static str {
        "openapi"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        let described = contract.services().filter(|own| doors(contract, own).next().is_some());
        described
            .map(|own| Plan {
                path: document_path(own),
                ownership: Ownership::Generated,
                kind: Kind::Json,
                render: Box::new(move || super::ended(document(contract, own))),
            })
            .collect()
    }
}

/// Where the document stands in the output.
pub(super) fn document_path(own: &Context) -> String {
    format!("openapi/{}.json", own.slug)
}

/// The commands of a context that actors issue.
pub(super) fn doors<'c>(contract: &'c Contract<'_>, own: &'c Context) -> impl Iterator<Item = &'c Message> {
    own.commands.iter().filter(|command| !actors(contract, command).is_empty())
}

/// Who issues a command.
pub(super) fn actors(contract: &Contract<'_>, command: &Message) -> Vec<String> {
    match command.of {
        Of::Command(id) => {
            contract.model[id].by.iter().map(|&actor| contract.model[actor].head.name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn document(contract: &Contract<'_>, own: &Context) -> String {
    let mut schemas = Schemas::new(contract, own);
    let doors: Vec<DoorView> = doors(contract, own)
        .map(|command| {
            schemas.command(command);
            let by = actors(contract, command);
            let raises = match command.of {
                Of::Command(id) => contract.model[id].emits.iter(),
                _ => [].iter(),
            };
            let raises: Vec<String> =
                raises.map(|&event| format!("`{}`", contract.model[event].head.name)).collect();
            let comes = match raises.is_empty() {
                true => String::new(),
                false => format!("What comes of it: {}.", raises.join(" or ")),
            };
            let parts = [command.doc.clone().unwrap_or_default(), comes];
            let description: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            DoorView {
                summary: quoted(&format!("{}, by {}", command.name, by.join(" and "))),
                description: quoted(&description.join("\n\n")),
                tags: by.iter().map(|actor| quoted(actor)).collect(),
                example: schemas.example(command),
                name: command.name.clone(),
            }
        })
        .collect();
    let tenants = own.captures_from.iter().any(|database| database.tenant);
    let owner = own.owner.as_ref().map(|owner| format!("Owned by {owner}."));
    let about: Vec<String> = own.doc.clone().into_iter().chain(owner).collect();
    let system = contract.project.name.as_str();
    text(&DocumentView {
        mark: quoted(&format!("{MARK} from the model `{system}`; do not edit")),
        title: quoted(&own.name),
        description: quoted(&about.join("\n\n")),
        tenants,
        doors,
        refusals: REFUSALS,
        schemas: schemas.into_all(),
        standard: text(&StandardView { tenants, refusals: REFUSALS }),
    })
}
