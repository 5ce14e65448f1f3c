//! The service of the context `Shipping`. Yours: written once, never touched again.

use shipping_service::handlers::Handlers;
use shipping_service::model::service::service;

fn main() -> std::process::ExitCode {
    storm_runtime::main(|start| Ok(service(Handlers::connect(start)?)))
}
