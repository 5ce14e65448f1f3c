//! What stands around the wall: the line that counts its stickies, and the legend. It must not know where the stickies are.

use storm_dsl::graph::FlowGraph;

use crate::layout::Legend;
use crate::path::Rect;
use crate::shape::{KINDS, shape};
use crate::text::{Face, width};
use crate::wall::Wall;

/// The height of a row of the legend.
pub(crate) const LEGEND_ROW: f64 = 30.0;

/// The entries of the legend in rows, from zero; and how many rows.
pub(crate) fn legend(wall: &Wall, feedback: bool, across: f64) -> (Vec<Legend>, usize) {
    let present = KINDS.into_iter().filter(|kind| wall.notes.iter().any(|note| note.kind == *kind));
    let entries =
        present.map(|kind| (Some(kind), shape(kind).word)).chain(feedback.then_some((None, "feedback")));
    let (mut x, mut row) = (0.0, 0);
    let mut legend = Vec::new();
    for (kind, word) in entries {
        let long = 30.0 + width(word, Face::Regular) * 12.0 * 1.2 + 22.0;
        if x > 0.0 && x + long > across {
            (x, row) = (0.0, row + 1);
        }
        legend.push(Legend {
            kind,
            rect: Rect { x, y: f64::from(row) * LEGEND_ROW, width: 24.0, height: 20.0 },
        });
        x += long;
    }
    let rows = if legend.is_empty() { 0 } else { row as usize + 1 };
    (legend, rows)
}

/// `4 contexts · 14 events · …`
pub(crate) fn counts(graph: &FlowGraph) -> String {
    let many =
        |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    let mut parts = Vec::new();
    if !graph.contexts.is_empty() {
        parts.push(many(graph.contexts.len(), "context", "contexts"));
    }
    for kind in KINDS {
        let count = graph.graph.node_weights().filter(|sticky| sticky.kind == kind).count();
        if count > 0 {
            let word = if count == 1 && shape(kind).word == "external" {
                "external system"
            } else {
                shape(kind).word
            };
            parts.push(many(count, word, shape(kind).words));
        }
    }
    if parts.is_empty() { String::from("nothing on the wall yet") } else { parts.join(" · ") }
}
