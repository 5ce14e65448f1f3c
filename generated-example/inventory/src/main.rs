//! The service of the context `Inventory`. Yours: written once, never touched again.

use inventory_service::handlers::Handlers;
use inventory_service::model::service::service;

fn main() -> std::process::ExitCode {
    storm_runtime::main(|start| Ok(service(Handlers::connect(start)?)))
}
