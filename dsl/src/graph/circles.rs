//! Circles in a graph of plain numbers, for the checks of the flow.

use std::collections::HashMap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;

/// The circles of a graph of `nodes` nodes: for each the arrows inside, as indices into `arrows`.
pub(crate) fn of(nodes: usize, arrows: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), usize> = DiGraph::with_capacity(nodes, arrows.len());
    let places: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
    for (index, (from, to)) in arrows.iter().enumerate() {
        graph.add_edge(places[*from], places[*to], index);
    }
    let components = tarjan_scc(&graph);
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
    circles
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn only_arrows_inside_count() {
        assert_eq!(of(4, &[(0, 1), (1, 2), (2, 1), (2, 3), (3, 3)]), vec![vec![4], vec![1, 2]]);
        assert!(of(3, &[(0, 1), (1, 2)]).is_empty());
    }
}
