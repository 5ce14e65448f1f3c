//! `model/webhooks.rs`: the webhooks that a context is called at, as constants: where, how a call is proven and known again,
//! and the fields of its body that the model names.
//! It must not know JSON or HTTP.

use askama::Template;
use storm_dsl::model::{CallId, ColumnKind, Source, SourceId, SourceKind, Webhook};

use super::docs::doc;
use super::uses::Uses;
use crate::artifact::text;
use crate::contract::{Context, Contract, Row};
use crate::names;
use crate::types::door_kind;

#[derive(Template)]
#[template(path = "rust/webhooks.rs.jinja", escape = "none")]
struct WebhooksView {
    webhooks: Vec<WebhookView>,
}

struct WebhookView {
    doc: String,
    constant: String,
    name: String,
    path: String,
    signature: String,
    id: String,
    message: String,
    key: Vec<String>,
    fields: Vec<String>,
}

/// A webhook and its calls as a row.
pub(in crate::artifact) struct Called<'c> {
    pub source: &'c Source,
    pub id: SourceId,
    pub webhook: &'c Webhook,
    pub row: &'c Row,
}

/// The webhooks whose calls become events of this context.
pub(in crate::artifact) fn called<'c>(contract: &'c Contract<'_>, own: &'c Context) -> Vec<Called<'c>> {
    let of = |(index, source): (usize, &'c Source)| {
        let id = SourceId(index as u32);
        let row = own.rows.iter().find(|row| contract.model[row.table].source == id)?;
        Some(Called { source, id, webhook: source.webhook.as_ref()?, row })
    };
    let sources = contract.model.sources.iter().enumerate();
    sources.filter(|(_, source)| source.kind == SourceKind::Webhook).filter_map(of).collect()
}

/// The constants; nothing when nobody calls.
pub(super) fn spec(contract: &Contract<'_>, own: &Context) -> String {
    let webhooks: Vec<WebhookView> =
        called(contract, own).iter().map(|called| view(contract, own, called)).collect();
    if webhooks.is_empty() { String::new() } else { text(&WebhooksView { webhooks }) }
}

fn view(contract: &Contract<'_>, own: &Context, called: &Called<'_>) -> WebhookView {
    let Called { source, webhook, row, .. } = called;
    let table = &contract.model[row.table];
    let fields = row.columns.iter().zip(&table.columns).map(|(column, of)| {
        let kind = kind(&of.kind, &column.field.ty.base);
        format!("FieldSpec::optional({:?}, {}, {kind})", column.field.name, column.field.number)
    });
    let own_doc = source.head.doc.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let place = contract.place(source.head.name_span);
    WebhookView {
        doc: doc("", &format!("{own_doc}`POST {}` ({place}).", webhook.path)),
        constant: constant(&source.head.name),
        name: source.head.name.clone(),
        path: webhook.path.clone(),
        signature: webhook.signature.as_ref().map_or("None".into(), |header| format!("Some({header:?})")),
        id: match &webhook.id {
            CallId::Header(name) => format!("CallId::Header({name:?})"),
            CallId::Field(way) => format!("CallId::Field({way:?})"),
        },
        message: format!("{}.{}", own.package, row.change_message()),
        key: table.key.iter().map(|way| format!("{way:?}")).collect(),
        fields: fields.collect(),
    }
}

/// How a field of the body is read: as the row has it, and no longer than its event's field.
fn kind(column: &ColumnKind, base: &storm_dsl::model::Base) -> String {
    match column {
        ColumnKind::Json => "Kind::Json".into(),
        ColumnKind::String { most } => format!("Kind::String {{ most: {most:?} }}"),
        _ => door_kind(base, &|_| String::new()),
    }
}

/// What the file is about.
pub(super) fn about(context: &str) -> String {
    format!("The webhooks that `{context}` is called at.")
}

/// What the file may use: names of the runtime alone.
pub(super) fn uses() -> Uses {
    let mut uses = Uses::default();
    uses.offer("storm_runtime::spec", &["CallId", "FieldSpec", "Kind", "WebhookSpec"]);
    uses
}

/// The constant of a webhook.
pub(super) fn constant(source: &str) -> String {
    names::constant(source)
}
