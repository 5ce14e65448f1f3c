//! The service of the context `Payments`. Yours: written once, never touched again.

use payments_service::handlers::Handlers;
use payments_service::model::service::service;

fn main() -> std::process::ExitCode {
    storm_runtime::main(|start| Ok(service(Handlers::connect(start)?)))
}
