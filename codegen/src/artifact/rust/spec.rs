//! `model/spec.rs`: what the compiler knows of a context, as constants.

use askama::Template;

use super::docs::doc;
use crate::artifact::text;
use crate::contract::{Context, Contract, Database};
use crate::names;
use crate::topics::TopicPlan;

#[derive(Template)]
#[template(path = "rust/spec.rs.jinja", escape = "none")]
struct SpecView<'c> {
    constant: String,
    system: String,
    context: &'c Context,
    topics: Vec<&'c TopicPlan>,
    databases: Vec<DatabaseView>,
}

struct DatabaseView {
    doc: String,
    constant: String,
    name: String,
    databases: String,
    tenant: bool,
    tables: Vec<TableView>,
}

struct TableView {
    table: String,
    message: String,
    key: Vec<String>,
    columns: Vec<(String, u32, String)>,
}

/// The constants of a context.
pub(super) fn spec(contract: &Contract<'_>, own: &Context) -> String {
    text(&SpecView {
        constant: names::constant(&own.slug),
        system: names::slug(&contract.project.name),
        context: own,
        topics: ["raw", "events", "commands", "dead"].iter().map(|stream| own.topic(stream)).collect(),
        databases: own.captures_from.iter().map(|database| view(contract, own, database)).collect(),
    })
}

/// The constant of a database; a context may bear the same name.
pub(super) fn database_constant(own: &Context, database: &Database) -> String {
    let constant = names::constant(&database.name);
    if constant == names::constant(&own.slug) { format!("{constant}_DATABASE") } else { constant }
}

fn view(contract: &Contract<'_>, own: &Context, database: &Database) -> DatabaseView {
    let tables = own.rows.iter().filter(|row| Some(contract.model[row.table].source) == database.source);
    let tables: Vec<TableView> = tables
        .map(|row| {
            let table = &contract.model[row.table];
            TableView {
                table: table.name.clone(),
                message: format!("{}.{}", own.package, row.change_message()),
                key: table.key.clone(),
                columns: row
                    .columns
                    .iter()
                    .map(|column| (column.field.name.clone(), column.field.number, column.wire.clone()))
                    .collect(),
            }
        })
        .collect();
    let what = if tables.is_empty() { "its outbox" } else { "its rows and its outbox" };
    let place = database.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    DatabaseView {
        doc: doc(
            "",
            &format!("The database `{}`, from which this context takes {what}{place}.", database.name),
        ),
        constant: database_constant(own, database),
        name: database.name.clone(),
        databases: database.databases.clone(),
        tenant: database.tenant,
        tables,
    }
}
