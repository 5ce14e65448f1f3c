//! The sub-commands, one a file.

mod check;
mod explain;
mod generate;
mod graph;
mod new;
mod render;

use crate::report::{Stop, Terminal};

/// What `stormc` can do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    New(new::New),
    Check(check::Check),
    Generate(generate::Generate),
    Render(render::Render),
    Graph(graph::Graph),
    Explain(explain::Explain),
}

impl Command {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        match self {
            Command::New(command) => command.run(terminal),
            Command::Check(command) => command.run(terminal),
            Command::Generate(command) => command.run(terminal),
            Command::Render(command) => command.run(terminal),
            Command::Graph(command) => command.run(terminal),
            Command::Explain(command) => command.run(),
        }
    }
}
