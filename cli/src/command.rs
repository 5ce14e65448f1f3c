//! The sub-commands, one a file.

mod apply;
mod check;
mod dlq;
mod explain;
mod generate;
mod graph;
mod new;
mod plan;
mod render;
pub(crate) mod tail;

use crate::report::{Stop, Terminal};

/// What `stormc` can do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    New(new::New),
    Check(check::Check),
    Generate(generate::Generate),
    Render(render::Render),
    Graph(graph::Graph),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Tail(tail::Tail),
    Dlq(dlq::Dlq),
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
            Command::Plan(command) => command.run(terminal),
            Command::Apply(command) => command.run(terminal),
            Command::Tail(command) => command.run(terminal),
            Command::Dlq(command) => command.run(terminal),
            Command::Explain(command) => command.run(),
        }
    }
}
