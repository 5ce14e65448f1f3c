//! `stormc graph`: the flow graph for eyes, programs and Graphviz.

use storm_dsl::graph::print;

use crate::project::ModelArgument;
use crate::report::{Output, Stop, Terminal};

/// Print the flow graph: who issues, raises, triggers and invokes what
#[derive(clap::Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    model: ModelArgument,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    /// Each sticky note with its arrows, by context
    Text,
    /// Sticky notes and arrows as data
    Json,
    /// For Graphviz
    Dot,
}

impl Graph {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        let project = self.model.open()?;
        let analysis = storm_dsl::analyse(&project.sources);
        terminal.show_or_stop(&project.sources, &analysis.diagnostics)?;
        match self.format {
            Form::Text => Output::lines(&print::text(&analysis.graph)),
            Form::Dot => Output::lines(&print::dot(&analysis.graph)),
            Form::Json => {
                let document = serde_json::to_string_pretty(&print::document(&analysis.graph));
                Output::lines(&document.expect("a graph document holds only text"))
            }
        }
    }
}
