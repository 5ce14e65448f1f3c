//! From the model to the flow graph: a sticky note for each thing, an arrow for each sentence.

use std::collections::{HashMap, HashSet};

use petgraph::graph::NodeIndex;

use super::{Arrow, ContextBox, FlowGraph, Sticky, StickyKind};
use crate::model::{
    Command, CommandId, ContextId, EventId, Handler, Head, Model, PolicyId, ProcessId, StreamKind, Subject,
};
use crate::source::{Lines, SourceSet};

/// Builds the graph. Each aggregate is one sticky; the picture repeats it if it likes.
pub fn build(sources: &SourceSet, model: &Model) -> FlowGraph {
    let mut build = Build {
        lines: sources.lines(),
        model,
        graph: FlowGraph { title: model.name.clone(), ..FlowGraph::default() },
        places: HashMap::new(),
        drawn: HashSet::new(),
    };
    build.contexts();
    build.stickies();
    build.arrows();
    build.graph
}

/// What a sticky stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Thing {
    Actor(usize),
    Handler(Handler),
    Command(CommandId),
    Event(EventId),
    Policy(PolicyId),
    View(usize),
    Process(ProcessId),
}

struct Build<'m> {
    lines: Lines<'m>,
    model: &'m Model,
    graph: FlowGraph,
    places: HashMap<Thing, NodeIndex>,
    drawn: HashSet<(NodeIndex, NodeIndex, Arrow)>,
}

impl Build<'_> {
    fn contexts(&mut self) {
        for (index, context) in self.model.contexts.iter().enumerate() {
            let head = &context.head;
            self.graph.contexts.push(ContextBox {
                id: ContextId(index as u32),
                name: head.name.clone(),
                label: head.label.clone().unwrap_or_else(|| head.name.clone()),
                owner: context.owner.clone(),
                doc: head.doc.clone(),
            });
        }
    }

    fn sticky(&mut self, kind: StickyKind, head: &Head, detail: Option<String>) -> NodeIndex {
        let id = self.id(head.context, &head.name);
        self.add(kind, id, head, detail)
    }

    fn id(&self, context: Option<ContextId>, name: &str) -> String {
        context.map_or(name.to_owned(), |id| format!("{}.{name}", self.model[id].head.name))
    }

    fn add(&mut self, kind: StickyKind, id: String, head: &Head, detail: Option<String>) -> NodeIndex {
        self.graph.graph.add_node(Sticky {
            kind,
            id,
            name: head.name.clone(),
            label: head.label.clone().unwrap_or_else(|| head.name.clone()),
            detail,
            doc: head.doc.clone(),
            context: head.context,
            span: head.span,
            place: self.lines.place(head.name_span),
        })
    }

    fn stickies(&mut self) {
        let model = self.model;
        for (index, actor) in model.actors.iter().enumerate() {
            let node = self.sticky(StickyKind::Actor, &actor.head, None);
            self.places.insert(Thing::Actor(index), node);
        }
        for (index, command) in model.commands.iter().enumerate() {
            let detail = command.every.as_ref().map(|(cron, _)| format!("every {cron}"));
            let node = self.sticky(StickyKind::Command, &command.head, detail);
            self.places.insert(Thing::Command(CommandId(index as u32)), node);
        }
        for (index, aggregate) in model.aggregates.iter().enumerate() {
            let node = self.sticky(StickyKind::Aggregate, &aggregate.head, None);
            let handler = Handler::Aggregate(crate::model::AggregateId(index as u32));
            self.places.insert(Thing::Handler(handler), node);
        }
        for (index, external) in model.externals.iter().enumerate() {
            let node = self.sticky(StickyKind::External, &external.head, None);
            let handler = Handler::External(crate::model::ExternalId(index as u32));
            self.places.insert(Thing::Handler(handler), node);
        }
        for (index, event) in model.events.iter().enumerate() {
            let node = self.sticky(StickyKind::Event, &event.head, None);
            self.places.insert(Thing::Event(EventId(index as u32)), node);
        }
        for (index, policy) in model.policies.iter().enumerate() {
            let node = self.sticky(StickyKind::Policy, &policy.head, policy.sentence.clone());
            self.places.insert(Thing::Policy(PolicyId(index as u32)), node);
        }
        for (index, process) in model.processes.iter().enumerate() {
            let node = self.sticky(StickyKind::Process, &process.head, process.sentence.clone());
            self.places.insert(Thing::Process(ProcessId(index as u32)), node);
        }
        for (index, view) in model.views.iter().enumerate() {
            let node = self.sticky(StickyKind::View, &view.head, None);
            self.places.insert(Thing::View(index), node);
        }
    }

    fn arrows(&mut self) {
        let model = self.model;
        for (index, command) in model.commands.iter().enumerate() {
            self.command(Thing::Command(CommandId(index as u32)), command);
        }
        for (index, event) in model.events.iter().enumerate() {
            if let Some(handler) = event.raised_by {
                self.arrow(Thing::Handler(handler), Thing::Event(EventId(index as u32)), Arrow::Raises);
            }
        }
        for (index, policy) in model.policies.iter().enumerate() {
            let thing = Thing::Policy(PolicyId(index as u32));
            for event in &policy.whenever {
                self.arrow(Thing::Event(*event), thing, Arrow::Triggers);
            }
            for (event, _) in &policy.unless {
                self.arrow(Thing::Event(*event), thing, Arrow::Guards);
            }
            for send in policy.then.iter().chain(&policy.otherwise) {
                self.arrow(thing, Thing::Command(send.command), Arrow::Invokes);
            }
        }
        for (index, process) in model.processes.iter().enumerate() {
            let thing = Thing::Process(ProcessId(index as u32));
            for event in &process.whenever {
                self.arrow(Thing::Event(*event), thing, Arrow::Triggers);
            }
            for event in &process.awaits {
                self.arrow(Thing::Event(*event), thing, Arrow::Guards);
            }
            for send in &process.sends {
                self.arrow(thing, Thing::Command(send.command), Arrow::Invokes);
            }
        }
        for (index, view) in model.views.iter().enumerate() {
            for event in &view.on {
                self.arrow(Thing::Event(*event), Thing::View(index), Arrow::Projects);
            }
        }
        self.readers();
        self.hotspots();
    }

    /// Actor to command, command to its handler, and from there (or from the command, when it names none) to events.
    fn command(&mut self, thing: Thing, command: &Command) {
        for actor in &command.by {
            self.arrow(Thing::Actor(actor.0 as usize), thing, Arrow::Issues);
        }
        if let Some(handler) = command.on {
            self.arrow(thing, Thing::Handler(handler), Arrow::Handles);
        }
        for event in &command.emits {
            match command.on {
                Some(handler) => self.arrow(Thing::Handler(handler), Thing::Event(*event), Arrow::Raises),
                None => {
                    self.arrow(thing, Thing::Event(*event), Arrow::Raises);
                }
            }
            self.graph.outcomes.push((self.places[&thing], self.places[&Thing::Event(*event)]));
        }
    }

    /// A reader reads every event of its context's stream.
    fn readers(&mut self) {
        let model = self.model;
        let mut of_context: HashMap<ContextId, Vec<EventId>> = HashMap::new();
        for (index, event) in model.events.iter().enumerate() {
            if let Some(context) = event.head.context {
                of_context.entry(context).or_default().push(EventId(index as u32));
            }
        }
        for reader in &model.readers {
            let detail = self.id(Some(reader.of), stream_name(&reader.stream));
            let node = self.add(StickyKind::Reader, reader.head.name.clone(), &reader.head, Some(detail));
            for event in of_context.get(&reader.of).into_iter().flatten() {
                let from = self.places[&Thing::Event(*event)];
                self.draw(from, node, Arrow::Reads);
            }
        }
    }

    fn hotspots(&mut self) {
        let mut counts: HashMap<Option<ContextId>, usize> = HashMap::new();
        for hotspot in &self.model.hotspots {
            let count = counts.entry(hotspot.head.context).or_default();
            *count += 1;
            let id = self.id(hotspot.head.context, &format!("hotspot.{count}"));
            let due = hotspot.due.as_ref().map(|due| format!("due {due}"));
            let detail: Vec<String> = hotspot.owner.iter().cloned().chain(due).collect();
            let detail = (!detail.is_empty()).then(|| detail.join(", "));
            let node = self.add(StickyKind::Hotspot, id, &hotspot.head, detail);
            if let Some(about) = hotspot.on.and_then(|subject| self.subject(subject)) {
                self.draw(node, about, Arrow::Questions);
            }
        }
    }

    /// The sticky of a subject; a context has none.
    fn subject(&self, subject: Subject) -> Option<NodeIndex> {
        let thing = match subject {
            Subject::Context(_) => return None,
            Subject::Aggregate(id) => Thing::Handler(Handler::Aggregate(id)),
            Subject::External(id) => Thing::Handler(Handler::External(id)),
            Subject::Command(id) => Thing::Command(id),
            Subject::Event(id) => Thing::Event(id),
            Subject::Policy(id) => Thing::Policy(id),
            Subject::View(id) => Thing::View(id.0 as usize),
            Subject::Process(id) => Thing::Process(id),
        };
        self.places.get(&thing).copied()
    }

    fn arrow(&mut self, from: Thing, to: Thing, arrow: Arrow) {
        let (from, to) = (self.places[&from], self.places[&to]);
        self.draw(from, to, arrow);
    }

    fn draw(&mut self, from: NodeIndex, to: NodeIndex, arrow: Arrow) {
        if self.drawn.insert((from, to, arrow)) {
            self.graph.graph.add_edge(from, to, arrow);
        }
    }
}

fn stream_name(stream: &StreamKind) -> &str {
    match stream {
        StreamKind::Raw => "raw",
        StreamKind::Events => "events",
        StreamKind::Commands => "commands",
        StreamKind::Dead => "dead",
        StreamKind::Named(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::graph;
    use crate::graph::{Arrow, StickyKind};

    #[test]
    fn a_sentence_is_an_arrow() {
        let graph = graph(
            "context A { actor Who\n aggregate G key k: u32\n command C by Who on G -> E { k }\n event E on G { k }\n \
             policy P { whenever E, then D { k } }\n command D on G -> F { k }\n event F on G { k }\n \
             hotspot \"why?\" on E owner \"us\" due 2027-01-15 }\nreader R of A.events",
        );
        let name = |id: petgraph::graph::NodeIndex| graph.graph[id].id.as_str();
        let mut arrows: Vec<String> = graph
            .graph
            .edge_indices()
            .filter_map(|edge| graph.graph.edge_endpoints(edge).map(|ends| (ends, graph.graph[edge])))
            .map(|((from, to), arrow)| format!("{} {arrow:?} {}", name(from), name(to)))
            .collect();
        arrows.sort();
        assert_eq!(
            arrows,
            [
                "A.C Handles A.G",
                "A.D Handles A.G",
                "A.E Reads R",
                "A.E Triggers A.P",
                "A.F Reads R",
                "A.G Raises A.E",
                "A.G Raises A.F",
                "A.P Invokes A.D",
                "A.Who Issues A.C",
                "A.hotspot.1 Questions A.E",
            ]
        );
        let hotspot = &graph.graph[graph.find("A.hotspot.1").unwrap()];
        assert_eq!(
            (hotspot.kind, hotspot.detail.as_deref()),
            (StickyKind::Hotspot, Some("us, due 2027-01-15"))
        );
        assert!(graph.graph.edge_weights().all(|arrow| *arrow != Arrow::Guards));
    }
}
