//! Draws a graph made in memory to a file: `draw shop out.svg [theme]`, `draw boxes …` or `draw 300 out.svg [theme]`, and says what it took.

#![expect(
    clippy::disallowed_methods,
    reason = "the crate is pure; this looks at the clock and writes the file for a person"
)]

#[path = "../tests/graphs/mod.rs"]
mod graphs;

use std::time::Instant;

use storm_board::{Options, Theme};

fn main() {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_else(|| "shop".into());
    let file = words.next().unwrap_or_else(|| "board.svg".into());
    let theme = match words.next().as_deref() {
        Some("dark") => Theme::Dark,
        Some("colour-blind") => Theme::ColourBlind,
        Some("print") => Theme::Print,
        _ => Theme::Classic,
    };
    let graph = match what.parse::<usize>() {
        Ok(stickies) => graphs::random::random(7, stickies),
        Err(_) if what == "boxes" => graphs::random::random_in(&mut graphs::random::Dice::new(9), 330, 14),
        Err(_) => graphs::shop::shop(),
    };
    let options = Options { theme, ..Options::default() };
    let start = Instant::now();
    let svg = storm_board::render(&graph, &options);
    let took = start.elapsed();
    std::fs::write(&file, &svg).expect("the file can be written");
    let layout = storm_board::layout(&graph, &options);
    println!(
        "{} stickies {} arrows {} crossings {:.0}x{:.0} {} bytes {:.1} ms",
        graph.graph.node_count(),
        graph.graph.edge_count(),
        layout.crossings,
        layout.width,
        layout.height,
        svg.len(),
        took.as_secs_f64() * 1000.0
    );
}
