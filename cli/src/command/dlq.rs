//! `stormc dlq`

mod list;
mod redrive;
mod show;

use crate::report::{Stop, Terminal};

/// Look at dead letters, and send them back to where they came from
#[derive(clap::Args)]
pub(crate) struct Dlq {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Redrive(redrive::Redrive),
}

impl Dlq {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        match self.command {
            Command::List(command) => command.run(terminal),
            Command::Show(command) => command.run(terminal),
            Command::Redrive(command) => command.run(terminal),
        }
    }
}
