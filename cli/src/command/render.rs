//! `stormc render`

use std::path::{Path, PathBuf};

use crate::disk;
use crate::project::ModelArgument;
use crate::report::{Output, Stop, Terminal};

/// Draw the wall: the sticky notes, their contexts and arrows, as SVG
#[derive(clap::Args)]
pub(crate) struct Render {
    #[command(flatten)]
    model: ModelArgument,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE.svg")]
    output: PathBuf,
    /// Colours of the wall
    #[arg(long, value_enum, default_value_t = Theme::Classic)]
    theme: Theme,
    /// One sticky note for each aggregate instead of one beside each of its commands
    #[arg(long)]
    merge_aggregates: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Theme {
    /// The wall's own colours
    Classic,
    /// On a dark ground
    Dark,
    /// Told apart by everyone
    ColourBlind,
    /// On paper
    Print,
}

impl Render {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        let project = self.model.open()?;
        let analysis = storm_dsl::analyse(&project.sources);
        terminal.show_or_stop(&project.sources, &analysis.diagnostics)?;
        let options = storm_board::Options {
            theme: match self.theme {
                Theme::Classic => storm_board::Theme::Classic,
                Theme::Dark => storm_board::Theme::Dark,
                Theme::ColourBlind => storm_board::Theme::ColourBlind,
                Theme::Print => storm_board::Theme::Print,
            },
            merge_aggregates: self.merge_aggregates,
            ..storm_board::Options::default()
        };
        let svg = storm_board::render(&analysis.graph, &options);
        if self.output == Path::new("-") {
            return Output::lines(&svg);
        }
        disk::write_whole(&self.output, svg.as_bytes())?;
        eprintln!("wrote {}", self.output.display());
        Ok(())
    }
}
