//! `stormc check`

use storm_dsl::check::depth;
use storm_dsl::model::{Depth, Model};

use crate::project::ModelArgument;
use crate::report::{self, Format, Output, Stop, Terminal};

/// Check a model: names, types, the rules of the board, captures against the DDL, keys
#[derive(clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    model: ModelArgument,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Check {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        let project = self.model.open()?;
        let analysis = storm_dsl::analyse(&project.sources);
        match self.format {
            Format::Text => {
                terminal.show(&project.sources, &analysis.diagnostics);
                let totals = report::totals(&analysis.diagnostics);
                Output::lines(&format!("{}{}: {totals}", depths(&analysis.model), analysis.model.name))?;
            }
            Format::Json => Output::lines(&report::document(&project.sources, &analysis.diagnostics))?,
        }
        if report::has_errors(&analysis.diagnostics) { Err(Stop::Wrong) } else { Ok(()) }
    }
}

/// A line a context: how far it has come, and what is missing for the next depth.
fn depths(model: &Model) -> String {
    let mut text = String::new();
    for report in depth::report(model) {
        let context = &model[report.context];
        let name = match report.depth {
            Depth::BigPicture => "big picture",
            Depth::Process => "process",
            Depth::Contract => "contract",
            Depth::Service => "service",
        };
        text += &format!("{:<16} {name}", context.head.name);
        if let Some(first) = report.missing.first() {
            text += &format!(" (for the next depth: {}", first.what);
            if report.missing.len() > 1 {
                text += &format!(", and {} more", report.missing.len() - 1);
            }
            text += ")";
        }
        text.push('\n');
    }
    text
}
