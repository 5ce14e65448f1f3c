//! A small edit of the model is a small change of the picture: what people have learnt to find stays where it was.

mod graphs;

use std::collections::HashMap;

use graphs::random::{Dice, random_in};
use storm_board::{Layout, Options, layout};
use storm_dsl::graph::{Arrow, FlowGraph, StickyKind};

/// The share of stickies that move by more than half a sticky, the whole picture's shift taken out.
fn moved(before: &Layout, after: &Layout) -> f64 {
    let old: HashMap<&str, (f64, f64)> =
        before.notes.iter().map(|note| (note.id.as_str(), (note.rect.x, note.rect.y))).collect();
    let steps: Vec<(f64, f64)> = after
        .notes
        .iter()
        .filter_map(|note| old.get(note.id.as_str()).map(|(x, y)| (note.rect.x - x, note.rect.y - y)))
        .collect();
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = steps.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (x, y) = (median(|step| step.0), median(|step| step.1));
    let far = steps.iter().filter(|step| (step.0 - x).abs() > 56.0 || (step.1 - y).abs() > 52.0).count();
    far as f64 / steps.len() as f64
}

/// The graph with a view of one event more.
fn edited(graph: &FlowGraph, nth: usize) -> FlowGraph {
    let mut graph = graph.clone();
    let events: Vec<_> =
        graph.graph.node_indices().filter(|&node| graph.graph[node].kind == StickyKind::Event).collect();
    let event = events[nth % events.len()];
    let mut view = graph.graph[event].clone();
    (view.kind, view.id, view.label) =
        (StickyKind::View, String::from("Context0.Added"), String::from("Added"));
    let view = graph.graph.add_node(view);
    graph.graph.add_edge(event, view, Arrow::Projects);
    graph
}

#[test]
fn one_more_sticky_moves_few_others() {
    let mut shares = Vec::new();
    for seed in 0..10 {
        let graph = random_in(&mut Dice::new(seed + 40), 300, if seed % 2 == 0 { 8 } else { 15 });
        let before = layout(&graph, &Options::default());
        shares.extend(
            (0..4).map(|nth| moved(&before, &layout(&edited(&graph, nth * 17), &Options::default()))),
        );
    }
    shares.sort_by(f64::total_cmp);
    println!("moved: median {:.3}, mean {:.3}", shares[20], shares.iter().sum::<f64>() / 40.0);
    assert!(
        shares[20] < 0.10,
        "half of all edits move more than {:.0} % of the stickies",
        shares[20] * 100.0
    );
}
