//! The layout as SVG text. The static look is presentation attributes, which every viewer reads; one style sheet adds what
//! some can do more. It must not decide where anything is.

mod sticky;
mod theme;
mod xml;

use storm_dsl::graph::FlowGraph;

use crate::layout::{Ground, Layout, MARGIN};
use crate::path::{Path, Piece};
use crate::shape::shape;
use crate::text::Label;
use crate::{Options, furniture};
use theme::{Palette, palette};
use xml::{escape, id, number};

const FONT: &str = "Arial, 'Liberation Sans', Arimo, Helvetica, sans-serif";

/// Writes the whole document.
pub(crate) fn write(graph: &FlowGraph, layout: &Layout, options: &Options) -> String {
    let palette = palette(options.theme);
    let mut svg = String::with_capacity(4096 + layout.notes.len() * 1200);
    let (width, height) = (number(layout.width), number(layout.height));
    let (title, counts) = (escape(&graph.title), escape(&furniture::counts(graph)));
    svg.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"graphics-document\" aria-labelledby=\"board-title board-desc\" font-family=\"{FONT}\">\n\
         <title id=\"board-title\">{title}</title>\n<desc id=\"board-desc\">{counts}</desc>\n<style>{}</style>\n",
        theme::style(options.theme)
    ));
    let head = |name: &str, colour: &str| {
        format!(
            "<marker id=\"{name}\" viewBox=\"0 0 11 10\" refX=\"10\" refY=\"5\" markerWidth=\"11\" markerHeight=\"10\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0 0L11 5L0 10L2.6 5Z\" \
             fill=\"{colour}\"/></marker>"
        )
    };
    svg.push_str(&format!("<defs>{}</defs>\n", head("board-arrow", palette.line)));
    svg.push_str(&format!(
        "<rect class=\"paper\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        palette.paper
    ));
    write_lines(&mut svg, &layout.title, (MARGIN, 34.0), ("ink", palette.ink), "start");
    write_lines(&mut svg, &layout.counts, (MARGIN, 74.0), ("faint", palette.faint), "start");
    for ground in &layout.grounds {
        write_ground(&mut svg, ground, palette);
    }
    let mut arrows: Vec<Vec<usize>> = vec![Vec::new(); layout.notes.len()];
    layout.arrows.iter().enumerate().for_each(|(nth, arrow)| arrows[arrow.from].push(nth));
    let contexts = (0..graph.contexts.len()).map(Some).chain([None]);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); graph.contexts.len() + 1];
    for (nth, note) in layout.notes.iter().enumerate() {
        members[note.context.unwrap_or(graph.contexts.len())].push(nth);
    }
    for (context, members) in contexts.zip(members) {
        match context {
            None if members.is_empty() => continue,
            None => {
                svg.push_str("<g class=\"context\" role=\"group\" aria-label=\"outside of all contexts\">\n")
            }
            Some(context) => {
                let area = &graph.contexts[context];
                svg.push_str(&format!(
                    "<g class=\"context\" id=\"context-{}\" role=\"group\" aria-label=\"{}\">\n",
                    id(&area.name),
                    escape(&area.label)
                ));
            }
        }
        for ground in layout.grounds.iter().filter(|ground| ground.context == context) {
            write_names(&mut svg, ground, palette);
        }
        for note in members {
            sticky::write(&mut svg, graph, layout, note, &arrows[note], palette, options.links);
        }
        svg.push_str("</g>\n");
    }
    write_legend(&mut svg, layout, palette);
    svg.push_str("</svg>\n");
    svg
}

/// The tint of a context: the same for all of its bands.
fn tint(ground: &Ground, palette: &Palette) -> usize {
    ground.context.map_or(4, |context| context) % palette.grounds.len()
}

fn write_ground(svg: &mut String, ground: &Ground, palette: &Palette) {
    let (rect, nth) = (ground.rect, tint(ground, palette));
    let loose = if ground.context.is_none() { " stroke-dasharray=\"3 5\"" } else { "" };
    svg.push_str(&format!(
        "<rect class=\"g{nth}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"14\" fill=\"{}\" stroke=\"{}\"{loose}/>\n",
        number(rect.x),
        number(rect.y),
        number(rect.width),
        number(rect.height),
        palette.grounds[nth],
        palette.rim
    ));
}

fn write_names(svg: &mut String, ground: &Ground, palette: &Palette) {
    let rect = ground.rect;
    let owner = ground.owner.as_ref().map_or(0.0, |owner| owner.height() + 6.0);
    let top =
        if ground.rail { rect.y + (rect.height - ground.name.height() - owner) / 2.0 } else { rect.y + 14.0 };
    let left = rect.x + 18.0;
    write_lines(svg, &ground.name, (left, top), ("ink", palette.ink), "start");
    if let Some(owner) = &ground.owner {
        write_lines(svg, owner, (left, top + ground.name.height() + 4.0), ("faint", palette.faint), "start");
    }
}

/// A label's lines below `top`.
fn write_lines(
    svg: &mut String,
    label: &Label,
    (x, top): (f64, f64),
    (class, colour): (&str, &str),
    anchor: &str,
) {
    let bold = if label.bold { " font-weight=\"bold\"" } else { "" };
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let anchor = if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
    svg.push_str(&format!(
        "<text{class} font-size=\"{}\"{bold}{anchor} fill=\"{colour}\">",
        number(label.size)
    ));
    for (nth, line) in label.lines.iter().enumerate() {
        let baseline = top + label.line_height() * nth as f64 + label.size * 0.9;
        svg.push_str(&format!(
            "<tspan x=\"{}\" y=\"{}\">{}</tspan>",
            number(x),
            number(baseline),
            escape(line)
        ));
    }
    svg.push_str("</text>\n");
}

fn write_legend(svg: &mut String, layout: &Layout, palette: &Palette) {
    svg.push_str("<g class=\"legend\" aria-hidden=\"true\">\n");
    for entry in &layout.legend {
        let (rect, word) = (entry.rect, entry.kind.map_or("feedback", |kind| shape(kind).word));
        match entry.kind {
            Some(kind) => sticky::write_swatch(svg, kind, rect, palette),
            None => svg.push_str(&format!(
                "<path class=\"arrow\" d=\"M{} {}h26\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.7\" \
                 stroke-dasharray=\"6 4\" marker-end=\"url(#board-arrow)\"/>\n",
                number(rect.x - 2.0),
                number(rect.y + 10.0),
                palette.line
            )),
        }
        svg.push_str(&format!(
            "<text class=\"faint\" x=\"{}\" y=\"{}\" font-size=\"12\" fill=\"{}\">{word}</text>\n",
            number(rect.x + 32.0),
            number(rect.y + 14.5),
            palette.faint
        ));
    }
    svg.push_str("</g>\n");
}

/// A path's `d`.
fn path_data(path: &Path) -> String {
    let mut data = format!("M{} {}", number(path.start.x), number(path.start.y));
    for piece in &path.pieces {
        match *piece {
            Piece::Line(to) => data.push_str(&format!("L{} {}", number(to.x), number(to.y))),
            Piece::Curve(a, b, to) => {
                let [ax, ay, bx, by, x, y] = [a.x, a.y, b.x, b.y, to.x, to.y].map(number);
                data.push_str(&format!("C{ax} {ay} {bx} {by} {x} {y}"));
            }
        }
    }
    data
}
