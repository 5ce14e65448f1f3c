//! The service of the context `Greeting`. Yours: written once, never touched again.

use greeting_service::handlers::Handlers;
use greeting_service::model::service::service;

fn main() -> std::process::ExitCode {
    storm_runtime::main(|start| Ok(service(Handlers::connect(start)?)))
}
