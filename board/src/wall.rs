//! What hangs on the wall: the graph's stickies, with aggregates and actors repeated beside each of their commands as
//! people do, and hotspots stuck to what they question. It must not know where anything hangs.

use std::collections::{HashMap, HashSet};

use petgraph::Direction;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;
use storm_dsl::graph::{Arrow, FlowGraph, StickyKind};

use crate::shape::shape;

/// A piece of paper.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// The sticky it shows; a repeated sticky has several notes.
    pub sticky: NodeIndex,
    /// Its id in the picture: the sticky's, and the command's when it is repeated.
    pub id: String,
    pub kind: StickyKind,
    /// Its band: an index into the contexts, or [`Wall::loose`] or [`Wall::readers`].
    pub band: usize,
    pub width: f64,
    pub height: f64,
    /// The hotspots stuck above and below it.
    pub above: Option<usize>,
    pub below: Option<usize>,
    /// The note it is stuck to.
    pub host: Option<usize>,
}

/// An arrow between two notes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    pub edge: EdgeIndex,
    pub from: usize,
    pub to: usize,
    pub arrow: Arrow,
}

/// The notes and the arrows between them.
#[derive(Debug, Default)]
pub(crate) struct Wall {
    pub notes: Vec<Note>,
    pub flows: Vec<Flow>,
    /// The band of the stickies that stand in no context.
    pub loose: usize,
    /// The place of the readers, right of all bands.
    pub readers: usize,
}

/// Space between a hotspot and the note it is stuck to.
pub(crate) const STUCK: f64 = 26.0;

impl Wall {
    /// Whether the arrow belongs to a hotspot stuck to its note.
    pub fn stuck(&self, flow: &Flow) -> bool {
        self.notes[flow.from].host == Some(flow.to)
    }

    /// How far a note and what is stuck to it reach above its middle, and below.
    pub fn reach(&self, note: usize) -> (f64, f64) {
        let note = &self.notes[note];
        let side =
            |hotspot: Option<usize>| hotspot.map_or(0.0, |index| self.notes[index].height + STUCK + 8.0);
        (note.height / 2.0 + side(note.above), note.height / 2.0 + side(note.below))
    }

    /// The width that a note and what is stuck to it need.
    pub fn width(&self, note: usize) -> f64 {
        let note = &self.notes[note];
        let stuck =
            [note.above, note.below].into_iter().flatten().map(|index| self.notes[index].width + 12.0);
        stuck.fold(note.width, f64::max)
    }
}

/// Puts the stickies of `graph` on paper.
pub(crate) fn wall(graph: &FlowGraph, merge: bool) -> Wall {
    let contexts: HashMap<_, _> =
        graph.contexts.iter().enumerate().map(|(index, area)| (area.id, index)).collect();
    let loose = graph.contexts.len();
    let mut wall = Wall { loose, readers: loose + 1, ..Wall::default() };
    let outcomes: HashSet<_> = graph.outcomes.iter().copied().collect();
    let mut copies: Vec<Vec<(Option<NodeIndex>, usize)>> = Vec::with_capacity(graph.graph.node_count());
    for node in graph.graph.node_indices() {
        let sticky = &graph.graph[node];
        let band = match (sticky.context.and_then(|id| contexts.get(&id)), sticky.kind) {
            (Some(&band), _) => band,
            (None, StickyKind::Reader) => wall.readers,
            (None, _) => wall.loose,
        };
        let shape = shape(sticky.kind);
        let besides = if merge { vec![None] } else { besides(graph, &outcomes, node) };
        let mut own = Vec::with_capacity(besides.len());
        for (nth, command) in besides.into_iter().enumerate() {
            let id = match command {
                Some(command) if nth > 0 => format!("{}~{}", sticky.id, graph.graph[command].id),
                None if nth > 0 => format!("{}~", sticky.id),
                _ => sticky.id.clone(),
            };
            own.push((command, wall.notes.len()));
            let (width, height, kind) = (shape.width, shape.height, sticky.kind);
            let (above, below, host) = (None, None, None);
            wall.notes.push(Note { sticky: node, id, kind, band, width, height, above, below, host });
        }
        copies.push(own);
    }
    for edge in graph.graph.edge_references() {
        let (source, target, arrow) = (edge.source(), edge.target(), *edge.weight());
        let (from, to) = (&copies[source.index()], &copies[target.index()]);
        let beside = |copies: &[(Option<NodeIndex>, usize)], command: NodeIndex| {
            copies.iter().find(|(of, _)| *of == Some(command)).unwrap_or(&copies[0]).1
        };
        let mut join = |from, to| wall.flows.push(Flow { edge: edge.id(), from, to, arrow });
        match arrow {
            Arrow::Raises if from.len() > 1 => {
                let raises =
                    |command: &Option<NodeIndex>| command.is_some_and(|it| outcomes.contains(&(it, target)));
                let before = wall.flows.len();
                for (_, copy) in from.iter().filter(|(command, _)| raises(command)) {
                    wall.flows.push(Flow { edge: edge.id(), from: *copy, to: to[0].1, arrow });
                }
                if wall.flows.len() == before {
                    let unprompted = from.iter().find(|(command, _)| command.is_none()).unwrap_or(&from[0]).1;
                    wall.flows.push(Flow { edge: edge.id(), from: unprompted, to: to[0].1, arrow });
                }
            }
            Arrow::Handles => join(from[0].1, beside(to, source)),
            Arrow::Issues => join(beside(from, target), to[0].1),
            _ => join(from[0].1, to[0].1),
        }
    }
    move_readers(&mut wall);
    stick(&mut wall);
    wall
}

/// A reader that something follows from stands among the loose stickies: only an end of the flow can stand right of all.
fn move_readers(wall: &mut Wall) {
    for flow in &wall.flows {
        if wall.notes[flow.from].band == wall.readers {
            wall.notes[flow.from].band = wall.loose;
        }
    }
}

/// The commands beside which a sticky hangs; `None` is a note beside no command. One entry means it hangs once.
fn besides(
    graph: &FlowGraph,
    outcomes: &HashSet<(NodeIndex, NodeIndex)>,
    node: NodeIndex,
) -> Vec<Option<NodeIndex>> {
    let joined = |direction, arrow: Arrow| {
        let edges = graph.graph.edges_directed(node, direction).filter(|edge| *edge.weight() == arrow);
        let far = |edge: petgraph::graph::EdgeReference<'_, Arrow>| match direction {
            Direction::Incoming => edge.source(),
            Direction::Outgoing => edge.target(),
        };
        let mut far: Vec<NodeIndex> = edges.map(far).collect();
        far.sort_unstable();
        far.dedup();
        far
    };
    match graph.graph[node].kind {
        StickyKind::Actor => {
            let commands = joined(Direction::Outgoing, Arrow::Issues);
            if commands.is_empty() { vec![None] } else { commands.into_iter().map(Some).collect() }
        }
        StickyKind::Aggregate if !outcomes.is_empty() => {
            let commands = joined(Direction::Incoming, Arrow::Handles);
            let events = joined(Direction::Outgoing, Arrow::Raises);
            let raised =
                |event: &NodeIndex| commands.iter().any(|command| outcomes.contains(&(*command, *event)));
            let unprompted = commands.is_empty() || events.iter().any(|event| !raised(event));
            commands.iter().copied().map(Some).chain(unprompted.then_some(None)).collect()
        }
        _ => vec![None],
    }
}

/// Sticks each hotspot that questions one note of its own band to that note, if there is still room above or below it.
fn stick(wall: &mut Wall) {
    let mut ends = vec![0; wall.notes.len()];
    for flow in &wall.flows {
        ends[flow.from] += 1;
        ends[flow.to] += usize::from(wall.notes[flow.to].kind == StickyKind::Hotspot);
    }
    for index in 0..wall.flows.len() {
        let Flow { from, to, arrow, .. } = wall.flows[index];
        let alone = arrow == Arrow::Questions && ends[from] == 1 && from != to;
        let (hotspot, target) = (&wall.notes[from], &wall.notes[to]);
        if !alone || hotspot.band != target.band || target.kind == StickyKind::Hotspot {
            continue;
        }
        if hotspot.kind != StickyKind::Hotspot || (target.above.is_some() && target.below.is_some()) {
            continue;
        }
        wall.notes[from].host = Some(to);
        let side = &mut wall.notes[to];
        if side.above.is_none() { side.above = Some(from) } else { side.below = Some(from) }
    }
}
