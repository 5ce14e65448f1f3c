//! The flow graph: sticky notes and the arrows between them. petgraph lives here; the picture, `stormc graph` and the
//! flow checks are made from it. It must not know how it is drawn.

pub mod print;

mod build;
pub(crate) mod circles;

pub use build::build;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::model::ContextId;
use crate::source::Span;

/// The graph. Nodes and edges are in the order of the model: the same model gives the same graph.
#[derive(Debug, Clone, Default)]
pub struct FlowGraph {
    /// The model's name.
    pub title: String,
    /// Contexts in the model's order, for bands and boxes.
    pub contexts: Vec<ContextBox>,
    /// Stickies and arrows.
    pub graph: DiGraph<Sticky, Arrow>,
    /// Which events a command may raise, as (command, event), in the order of the model. The arrows do not say it where
    /// several commands stand on one aggregate; the picture needs it to repeat the aggregate beside each command.
    pub outcomes: Vec<(NodeIndex, NodeIndex)>,
}

/// A context, as the picture needs it.
#[derive(Debug, Clone)]
pub struct ContextBox {
    /// Its id in the model.
    pub id: ContextId,
    /// Its name.
    pub name: String,
    /// Its label if it has one, else its name.
    pub label: String,
    /// Its owner.
    pub owner: Option<String>,
    /// Its doc.
    pub doc: Option<String>,
}

/// A sticky note.
#[derive(Debug, Clone)]
pub struct Sticky {
    /// Its colour on the wall.
    pub kind: StickyKind,
    /// A stable id: `Ordering.OrderPlaced`; hotspots: `Ordering.hotspot.1`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is written on it: the label, else the name; a policy's sentence is `detail`.
    pub label: String,
    /// A second, smaller text: a policy's sentence, a hotspot's owner and due date, a schedule.
    pub detail: Option<String>,
    /// Its doc.
    pub doc: Option<String>,
    /// Its context; none for loose stickies and readers.
    pub context: Option<ContextId>,
    /// Its place in the model.
    pub span: Span,
    /// `path:line`, for links.
    pub place: String,
}

/// The kinds of sticky note, each with a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StickyKind {
    /// Yellow, small.
    Actor,
    /// Blue.
    Command,
    /// Pale yellow.
    Aggregate,
    /// Pink.
    External,
    /// Orange.
    Event,
    /// Lilac.
    Policy,
    /// Green.
    View,
    /// Lilac, a process: a policy with a memory.
    Process,
    /// Red, turned.
    Hotspot,
    /// A reader outside of the model.
    Reader,
}

/// An arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arrow {
    /// actor -> command
    Issues,
    /// command -> aggregate or external system (or straight to the event when it names none)
    Handles,
    /// aggregate or external system -> event; from a command straight when it names no handler
    Raises,
    /// event -> policy or process
    Triggers,
    /// event -> view
    Projects,
    /// policy or process -> command
    Invokes,
    /// event -> reader
    Reads,
    /// hotspot -> what it is about
    Questions,
    /// event -> policy: `unless`, `until`, `fails on`
    Guards,
}

impl FlowGraph {
    /// The sticky of this id.
    pub fn find(&self, id: &str) -> Option<NodeIndex> {
        self.graph.node_indices().find(|&index| self.graph[index].id == id)
    }
}
