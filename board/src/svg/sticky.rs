//! One sticky: paper, words, and the arrows that leave it, in one group, so that hovering lights them without a script.

use storm_dsl::graph::{FlowGraph, StickyKind};

use super::theme::Palette;
use super::xml::{escape, href, id, number};
use super::{path_data, write_lines};
use crate::layout::{Layout, Placed};
use crate::path::Rect;
use crate::shape::{Outline, shape};

/// The ink on a sticky: every fill is light.
const INK: &str = "#1d2127";

pub(super) fn write(
    svg: &mut String,
    graph: &FlowGraph,
    layout: &Layout,
    note: usize,
    arrows: &[usize],
    palette: &Palette,
    links: bool,
) {
    let placed = &layout.notes[note];
    let sticky = &graph.graph[placed.sticky];
    let word = shape(placed.kind).word;
    let group = id(&placed.id);
    svg.push_str(&format!("<g class=\"sticky {word}\" id=\"{group}\""));
    if placed.id != sticky.id {
        svg.push_str(&format!(" data-sticky=\"{}\"", id(&sticky.id)));
    }
    svg.push('>');
    let link = links && !sticky.place.is_empty();
    if link {
        svg.push_str(&format!("<a href=\"{}\">", escape(&href(&sticky.place))));
    }
    svg.push_str(&format!("<title>{}</title>", escape(&whole_text(graph, placed))));
    let middle = placed.rect.middle();
    if placed.turn != 0.0 {
        let (x, y) = (number(middle.x), number(middle.y));
        svg.push_str(&format!("<g transform=\"rotate({} {x} {y})\">", number(placed.turn)));
    }
    write_paper(svg, placed.kind, placed.rect, palette);
    write_words(svg, placed, word);
    if placed.turn != 0.0 {
        svg.push_str("</g>");
    }
    svg.push_str(if link { "</a>\n" } else { "\n" });
    for &arrow in arrows {
        let line = &layout.arrows[arrow];
        let dashes = if line.feedback { " stroke-dasharray=\"7 5\"" } else { "" };
        svg.push_str(&format!(
            "<path class=\"arrow\" data-to=\"{}\" d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.7\"{dashes} \
             marker-end=\"url(#board-arrow)\"/>\n",
            id(&layout.notes[line.to].id),
            path_data(&line.path),
            palette.line
        ));
    }
    svg.push_str("</g>\n");
}

/// What a pointer held over the sticky shows.
fn whole_text(graph: &FlowGraph, placed: &Placed) -> String {
    let sticky = &graph.graph[placed.sticky];
    let mut text = format!("{} ({}", sticky.label, shape(placed.kind).word);
    if let Some(context) = placed.context {
        text.push_str(&format!(" in {}", graph.contexts[context].label));
    }
    text.push(')');
    for more in [&sticky.detail, &sticky.doc].into_iter().flatten() {
        text.push('\n');
        text.push_str(more);
    }
    text
}

fn write_words(svg: &mut String, placed: &Placed, word: &str) {
    let Placed { rect, label, detail, .. } = placed;
    svg.push_str(&format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"9\" fill=\"{INK}\" fill-opacity=\".72\"{}>{word}</text>",
        number(if placed.kind == StickyKind::Reader { rect.middle().x } else { rect.x + 8.0 }),
        number(rect.y + 13.0),
        if placed.kind == StickyKind::Reader { " text-anchor=\"middle\"" } else { "" }
    ));
    let below = detail.as_ref().map_or(0.0, |detail| detail.height() + 4.0);
    let top = rect.y + 16.0 + (rect.height - 22.0 - label.height() - below) / 2.0;
    let middle = rect.middle().x;
    write_lines(svg, label, (middle, top), ("", INK), "middle");
    if let Some(detail) = detail {
        write_lines(svg, detail, (middle, top + label.height() + 4.0), ("", INK), "middle");
    }
}

fn write_paper(svg: &mut String, kind: StickyKind, rect: Rect, palette: &Palette) {
    let Rect { x, y, width, height } = rect;
    let outline = shape(kind).outline;
    let curved = matches!(outline, Outline::Round | Outline::Pill);
    if palette.shadow > 0.0 && !curved {
        svg.push_str(&format!(
            "<path class=\"shadow\" d=\"M{} {}h{}l2 {}q{} -7 {} 0z\" fill=\"#000\" fill-opacity=\"{}\"/>",
            number(x + 3.0),
            number(y + 8.0),
            number(width - 3.0),
            number(height - 2.0),
            number(-width / 2.0),
            number(-width - 1.0),
            palette.shadow
        ));
    }
    let radius = match outline {
        Outline::Round => 12.0,
        Outline::Pill => height / 2.0,
        _ => 2.0,
    };
    let sheet = |inset: f64, radius: f64, fill: &str| {
        format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{fill}\" stroke=\"{}\" \
             stroke-width=\"1\"/>",
            number(x + inset),
            number(y + inset),
            number(width - 2.0 * inset),
            number(height - 2.0 * inset),
            number(radius),
            palette.outline
        )
    };
    if palette.shadow > 0.0 && curved {
        svg.push_str(&format!(
            "<rect class=\"shadow\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"#000\" \
             fill-opacity=\"{}\"/>",
            number(x + 2.0),
            number(y + 4.0),
            number(width),
            number(height),
            number(radius),
            palette.shadow
        ));
    }
    svg.push_str(&sheet(0.0, radius, palette.fill(kind)));
    match outline {
        Outline::Double => svg.push_str(&sheet(3.0, 1.0, "none")),
        Outline::Bar => svg.push_str(&format!(
            "<path d=\"M{} {}v{}\" stroke=\"{}\"/>",
            number(x + 5.0),
            number(y),
            number(height),
            palette.outline
        )),
        _ => {}
    }
}

/// A small sticky for the legend.
pub(super) fn write_swatch(svg: &mut String, kind: StickyKind, rect: Rect, palette: &Palette) {
    let shape = shape(kind);
    let height = f64::min(rect.height, rect.width * shape.height / shape.width);
    let width = height * shape.width / shape.height;
    let (x, y) = (rect.x + (rect.width - width) / 2.0, rect.y + (rect.height - height) / 2.0);
    let radius = match shape.outline {
        Outline::Round => 4.0,
        Outline::Pill => height / 2.0,
        _ => 1.0,
    };
    let turn = match shape.outline {
        Outline::Turned => {
            format!(" transform=\"rotate(-5 {} {})\"", number(x + width / 2.0), number(y + height / 2.0))
        }
        _ => String::new(),
    };
    svg.push_str(&format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\"{turn}/>\n",
        number(x),
        number(y),
        number(width),
        number(height),
        number(radius),
        palette.fill(kind),
        palette.outline
    ));
}
