//! The flow graph in text, as a document to serialise, and for Graphviz. It must not know where this is printed.

use std::fmt::Write as _;

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use serde::Serialize;

use super::{Arrow, FlowGraph, StickyKind};
use crate::model::ContextId;

impl StickyKind {
    /// The kind in the board's word.
    pub fn word(self) -> &'static str {
        match self {
            StickyKind::Actor => "actor",
            StickyKind::Command => "command",
            StickyKind::Aggregate => "aggregate",
            StickyKind::External => "external",
            StickyKind::Event => "event",
            StickyKind::Policy => "policy",
            StickyKind::View => "view",
            StickyKind::Process => "process",
            StickyKind::Hotspot => "hotspot",
            StickyKind::Reader => "reader",
        }
    }

    /// Its colour on the wall.
    pub fn colour(self) -> &'static str {
        match self {
            StickyKind::Actor => "#fef445",
            StickyKind::Command => "#7adbfb",
            StickyKind::Aggregate => "#fdf8b6",
            StickyKind::External => "#ea9abf",
            StickyKind::Event => "#ffa95f",
            StickyKind::Policy | StickyKind::Process => "#c391cc",
            StickyKind::View => "#d9f79d",
            StickyKind::Hotspot => "#f47f8f",
            StickyKind::Reader => "#ffffff",
        }
    }
}

impl Arrow {
    /// The arrow as a verb between two stickies.
    pub fn verb(self) -> &'static str {
        match self {
            Arrow::Issues => "issues",
            Arrow::Handles => "goes to",
            Arrow::Raises => "raises",
            Arrow::Triggers => "triggers",
            Arrow::Projects => "updates",
            Arrow::Invokes => "invokes",
            Arrow::Reads => "is read by",
            Arrow::Questions => "questions",
            Arrow::Guards => "guards",
        }
    }
}

/// Each sticky with its outgoing arrows, by context.
pub fn text(graph: &FlowGraph) -> String {
    let mut out = String::new();
    let bands = graph.contexts.iter().map(|context| (Some(context.id), context.name.as_str()));
    for (band, name) in bands.chain([(None, "(no context)")]) {
        let stickies = of_context(graph, band);
        if stickies.is_empty() {
            continue;
        }
        out += name;
        out.push('\n');
        for index in stickies {
            let sticky = &graph.graph[index];
            let _ = writeln!(out, "  {} {}", sticky.kind.word(), sticky.name);
            for (arrow, target) in arrows(graph, index) {
                let target = &graph.graph[target];
                let _ = writeln!(out, "    {} {} {}", arrow.verb(), target.kind.word(), target.id);
            }
        }
    }
    out
}

/// For `dot`: a cluster a context, the wall's colours.
pub fn dot(graph: &FlowGraph) -> String {
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR\n  node [shape=box style=filled fontname=Arial]\n",
        quoted(&graph.title)
    );
    for (number, context) in graph.contexts.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{number} {{\n    label={}", quoted(&context.label));
        for index in of_context(graph, Some(context.id)) {
            let _ = writeln!(out, "    {}", node(graph, index));
        }
        out += "  }\n";
    }
    for index in of_context(graph, None) {
        let _ = writeln!(out, "  {}", node(graph, index));
    }
    for index in graph.graph.node_indices() {
        for (arrow, target) in arrows(graph, index) {
            let style =
                if matches!(arrow, Arrow::Guards | Arrow::Questions) { " [style=dashed]" } else { "" };
            let _ = writeln!(
                out,
                "  {} -> {}{style}",
                quoted(&graph.graph[index].id),
                quoted(&graph.graph[target].id)
            );
        }
    }
    out + "}\n"
}

/// The graph as data.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// The model's name.
    pub name: &'a str,
    /// The stickies, in the model's order.
    pub stickies: Vec<StickyRow<'a>>,
    /// The arrows, by their stickies' order.
    pub arrows: Vec<ArrowRow<'a>>,
}

/// A sticky.
#[derive(Debug, Serialize)]
pub struct StickyRow<'a> {
    /// `Ordering.OrderPlaced`
    pub id: &'a str,
    /// `event`, `command`, …
    pub kind: &'static str,
    /// Its name.
    pub name: &'a str,
    /// What is written on it.
    pub label: &'a str,
    /// Its context.
    pub context: Option<&'a str>,
    /// `path:line`
    pub place: &'a str,
}

/// An arrow.
#[derive(Debug, Serialize)]
pub struct ArrowRow<'a> {
    /// The sticky it leaves.
    pub from: &'a str,
    /// The sticky it enters.
    pub to: &'a str,
    /// What it says.
    pub verb: &'static str,
}

/// The graph as data, to be serialised.
pub fn document(graph: &FlowGraph) -> Document<'_> {
    let context = |id: Option<ContextId>| {
        graph.contexts.iter().find(|context| Some(context.id) == id).map(|context| context.name.as_str())
    };
    let stickies = graph.graph.node_weights().map(|sticky| StickyRow {
        id: &sticky.id,
        kind: sticky.kind.word(),
        name: &sticky.name,
        label: &sticky.label,
        context: context(sticky.context),
        place: &sticky.place,
    });
    let arrows = graph.graph.node_indices().flat_map(|index| {
        arrows(graph, index).into_iter().map(move |(arrow, target)| ArrowRow {
            from: &graph.graph[index].id,
            to: &graph.graph[target].id,
            verb: arrow.verb(),
        })
    });
    Document { name: &graph.title, stickies: stickies.collect(), arrows: arrows.collect() }
}

fn of_context(graph: &FlowGraph, context: Option<ContextId>) -> Vec<NodeIndex> {
    graph.graph.node_indices().filter(|&index| graph.graph[index].context == context).collect()
}

/// The arrows that leave a sticky, in the order they were added.
fn arrows(graph: &FlowGraph, from: NodeIndex) -> Vec<(Arrow, NodeIndex)> {
    let mut edges: Vec<_> = graph.graph.edges(from).collect();
    edges.sort_by_key(|edge| edge.id());
    edges.into_iter().map(|edge| (*edge.weight(), edge.target())).collect()
}

fn node(graph: &FlowGraph, index: NodeIndex) -> String {
    let sticky = &graph.graph[index];
    format!(
        "{} [label={} fillcolor={}]",
        quoted(&sticky.id),
        quoted(&sticky.label),
        quoted(sticky.kind.colour())
    )
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
