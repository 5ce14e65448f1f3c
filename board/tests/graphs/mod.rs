//! Graphs for tests, benches and examples: made by hand, or from a seed.

#![expect(dead_code, reason = "each user of this module takes a part of it")]

pub mod random;
pub mod shop;

use petgraph::graph::NodeIndex;
use storm_dsl::graph::{Arrow, ContextBox, FlowGraph, Sticky, StickyKind};
use storm_dsl::model::ContextId;
use storm_dsl::source::{FileId, Span};

/// Builds a graph sticky by sticky.
pub struct Build {
    pub graph: FlowGraph,
    context: Option<(ContextId, String)>,
}

impl Build {
    pub fn new(title: &str) -> Build {
        Build { graph: FlowGraph { title: title.into(), ..FlowGraph::default() }, context: None }
    }

    /// What follows stands in this new context.
    pub fn context(&mut self, name: &str, owner: &str) -> ContextId {
        let id = ContextId(self.graph.contexts.len() as u32);
        let owner = (!owner.is_empty()).then(|| owner.to_string());
        self.graph.contexts.push(ContextBox { id, name: name.into(), label: name.into(), owner, doc: None });
        self.context = Some((id, name.into()));
        id
    }

    /// What follows stands in the context opened as the `nth`.
    pub fn within(&mut self, nth: usize) {
        let context = &self.graph.contexts[nth];
        self.context = Some((context.id, context.name.clone()));
    }

    /// What follows stands in no context.
    pub fn outside(&mut self) {
        self.context = None;
    }

    pub fn note(&mut self, kind: StickyKind, name: &str) -> NodeIndex {
        let count = self.graph.graph.node_count();
        let id = match (&self.context, kind) {
            (Some((_, context)), StickyKind::Hotspot) => format!("{context}.hotspot.{count}"),
            (Some((_, context)), _) => format!("{context}.{name}"),
            (None, _) => name.to_string(),
        };
        self.graph.graph.add_node(Sticky {
            kind,
            id,
            name: name.into(),
            label: name.into(),
            detail: None,
            doc: None,
            context: self.context.as_ref().map(|(id, _)| *id),
            span: Span { file: FileId(0), start: 0, end: 0 },
            place: format!("models/model.storm:{}", count + 1),
        })
    }

    pub fn detailed(&mut self, kind: StickyKind, name: &str, detail: &str) -> NodeIndex {
        let note = self.note(kind, name);
        self.graph.graph[note].detail = Some(detail.into());
        note
    }

    pub fn arrow(&mut self, from: NodeIndex, to: NodeIndex, arrow: Arrow) {
        self.graph.graph.add_edge(from, to, arrow);
    }

    /// A command that `by` issues (if anybody), `on` handles and whose outcomes are `events`.
    pub fn command(
        &mut self,
        name: &str,
        by: Option<NodeIndex>,
        on: NodeIndex,
        events: &[NodeIndex],
    ) -> NodeIndex {
        let command = self.note(StickyKind::Command, name);
        if let Some(actor) = by {
            self.arrow(actor, command, Arrow::Issues);
        }
        self.arrow(command, on, Arrow::Handles);
        for &event in events {
            if self.graph.graph.find_edge(on, event).is_none() {
                self.arrow(on, event, Arrow::Raises);
            }
            self.graph.outcomes.push((command, event));
        }
        command
    }

    /// A policy that follows the events and invokes the commands.
    pub fn policy(
        &mut self,
        name: &str,
        sentence: &str,
        after: &[NodeIndex],
        then: &[NodeIndex],
    ) -> NodeIndex {
        let policy = self.note(StickyKind::Policy, name);
        self.graph.graph[policy].detail = (!sentence.is_empty()).then(|| sentence.to_string());
        after.iter().for_each(|&event| self.arrow(event, policy, Arrow::Triggers));
        then.iter().for_each(|&command| self.arrow(policy, command, Arrow::Invokes));
        policy
    }

    pub fn view(&mut self, name: &str, of: &[NodeIndex]) -> NodeIndex {
        let view = self.note(StickyKind::View, name);
        of.iter().for_each(|&event| self.arrow(event, view, Arrow::Projects));
        view
    }

    pub fn hotspot(&mut self, question: &str, about: NodeIndex, owner: &str) -> NodeIndex {
        let hotspot = self.note(StickyKind::Hotspot, question);
        self.graph.graph[hotspot].detail = (!owner.is_empty()).then(|| owner.to_string());
        self.arrow(hotspot, about, Arrow::Questions);
        hotspot
    }
}
