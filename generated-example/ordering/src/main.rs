//! The service of the context `Ordering`. Yours: written once, never touched again.

use ordering_service::handlers::Handlers;
use ordering_service::model::service::service;

fn main() -> std::process::ExitCode {
    storm_runtime::main(|start| Ok(service(Handlers::connect(start)?)))
}
