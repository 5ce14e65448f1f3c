//! The picture: a flow graph to an SVG that looks like the wall of an event storming. Pure: the same graph gives the same
//! bytes, and nothing is read or written. A layout is a value before a byte of SVG is.

mod boxes;
mod columns;
mod furniture;
mod lanes;
mod layered;
mod layout;
mod path;
mod plan;
mod shape;
mod svg;
mod text;
mod wall;

pub use layout::{Arrangement, ArrowLine, Ground, Layout, Legend, Placed};
pub use path::{Path, Piece, Point, Rect};
pub use text::Label;

use storm_dsl::graph::FlowGraph;

/// How the picture is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Its colours.
    pub theme: Theme,
    /// One sticky for each aggregate and actor, instead of one beside each of their commands.
    pub merge_aggregates: bool,
    /// Stickies link to their place in the model, `path#Lline`.
    pub links: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { theme: Theme::Classic, merge_aggregates: false, links: true }
    }
}

/// The colours of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// The wall's colours on light ground; viewers that prefer dark see dark ground.
    #[default]
    Classic,
    /// The wall's colours on dark ground, always.
    Dark,
    /// Colours that people with any kind of colour vision can tell apart.
    ColourBlind,
    /// White ground, light fills, no shadows: for paper.
    Print,
}

/// Draws the graph: one SVG document. An empty graph gives a titled, empty wall.
pub fn render(graph: &FlowGraph, options: &Options) -> String {
    svg::write(graph, &layout(graph, options), options)
}

/// Where everything is to be drawn. `options.theme` and `options.links` make no difference to it.
pub fn layout(graph: &FlowGraph, options: &Options) -> Layout {
    layout::lay_out(graph, options)
}
