//! Circles in a graph of plain numbers, for the checks of the flow.

use std::collections::HashMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;

/// The circles of a graph of `nodes` nodes: for each the arrows inside, as indices into `arrows`.
pub(crate) fn of(nodes: usize, arrows: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), usize> = DiGraph::with_capacity(nodes, arrows.len());
    let places: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
    for (index, (from, to)) in arrows.iter().enumerate() {
        graph.add_edge(places[*from], places[*to], index);
    }
    // Of the ways to find them this one does not recurse: a long chain costs no stack.
    let components = kosaraju_scc(&graph);
    let mut of = HashMap::with_capacity(nodes);
    for (index, component) in components.iter().enumerate() {
        of.extend(component.iter().map(|node| (*node, index)));
    }
    let mut circles: Vec<Vec<usize>> = vec![Vec::new(); components.len()];
    for edge in graph.edge_references() {
        if of[&edge.source()] == of[&edge.target()] {
            circles[of[&edge.source()]].push(*edge.weight());
        }
    }
    circles.retain(|circle| !circle.is_empty());
    circles.sort_unstable();
    circles
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_long_chain_is_walked_without_recursion() {
        let arrows: Vec<(usize, usize)> = (0..300_000).map(|at| (at, at + 1)).collect();
        assert!(of(300_001, &arrows).is_empty());
    }

    #[test]
    fn only_arrows_inside_count() {
        assert_eq!(of(4, &[(0, 1), (1, 2), (2, 1), (2, 3), (3, 3)]), vec![vec![1, 2], vec![4]]);
        assert!(of(3, &[(0, 1), (1, 2)]).is_empty());
    }
}
