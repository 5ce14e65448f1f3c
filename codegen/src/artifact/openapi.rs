//! `openapi/<context>.json`: the commands that actors issue from outside, for whoever writes a caller.
//! It must not know how a request is answered.

mod schema;

use askama::Template;

use super::{Artifact, Ground, Plan, rust, text};
use crate::contract::{Context, Contract, Message, Of};
use crate::files::{Kind, MARK, Ownership};
use crate::names;
use schema::{Schemas, quoted};
use storm_dsl::model::CallId;

pub(super) struct OpenApi;

#[derive(Template)]
#[template(path = "openapi/document.json.jinja", escape = "none")]
struct DocumentView {
    mark: String,
    title: String,
    description: String,
    tenants: bool,
    doors: Vec<DoorView>,
    hooks: Vec<HookView>,
    hook_refusals: [u16; 6],
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

struct HookView {
    path: String,
    name: String,
    summary: String,
    description: String,
    /// The header with the signature, as JSON.
    signature: Option<String>,
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
    (422, "This Idempotency-Key came before with another body."),
    (429, "Too many commands are on their way: try again after Retry-After."),
    (503, "The command was not acknowledged: repeat it under the same Idempotency-Key."),
];

impl Artifact for OpenApi {
    fn name(&self) -> &'static str {
        "openapi"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        let described = contract.services().filter(|own| is_described(contract, own));
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

/// True when there is anything to ask a context for from outside.
pub(super) fn is_described(contract: &Contract<'_>, own: &Context) -> bool {
    doors(contract, own).next().is_some() || !rust::webhooks_of(contract, own).is_empty()
}

/// The webhooks that a context is called at.
fn hooks(contract: &Contract<'_>, own: &Context, tenants: bool) -> Vec<HookView> {
    let view = |called: &rust::Called<'_>| {
        let name = &called.source.head.name;
        let (signature, header) = (called.webhook.signature.as_ref(), |name: &String| quoted(name));
        let id = match &called.webhook.id {
            CallId::Header(name) => format!("the header `{name}`"),
            CallId::Field(way) => format!("the field `{way}` of the body"),
        };
        let doc = called.source.head.doc.clone().map(|own| format!("{own}\n\n")).unwrap_or_default();
        HookView {
            path: format!("{}{}", called.webhook.path, if tenants { "/{tenant}" } else { "" }),
            name: names::type_name(name),
            summary: quoted(&format!("`{name}` calls")),
            description: quoted(&format!(
                "{doc}A call is known again by {id}: the same one makes the same event."
            )),
            signature: signature.map(header),
        }
    };
    rust::webhooks_of(contract, own).iter().map(view).collect()
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
        hooks: hooks(contract, own, tenants),
        hook_refusals: [400, 401, 408, 413, 429, 503],
        refusals: REFUSALS,
        schemas: schemas.into_all(),
        standard: text(&StandardView { tenants, refusals: REFUSALS }),
    })
}
