//! What holds for every picture, on legal graphs from seeds: nothing overlaps, nothing runs through what it does not
//! belong to, every arrow is there, the same graph gives the same bytes.

mod geometry;
mod graphs;

use std::collections::HashSet;

use geometry::{crossings, turned};
use graphs::random::{Dice, random, random_in};
use proptest::prelude::*;
use storm_board::{Layout, Options, Point, Rect, layout, render};
use storm_dsl::graph::FlowGraph;

const MERGED: Options = Options { theme: storm_board::Theme::Classic, merge_aggregates: true, links: true };

fn no_two_stickies_overlap(layout: &Layout) {
    let rects: Vec<Rect> = layout.notes.iter().map(turned).collect();
    for (nth, rect) in rects.iter().enumerate() {
        for (other, far) in rects.iter().enumerate().skip(nth + 1) {
            assert!(!rect.overlaps(far), "{} and {} overlap", layout.notes[nth].id, layout.notes[other].id);
        }
    }
}

fn no_arrow_runs_through_a_sticky(layout: &Layout) {
    for arrow in &layout.arrows {
        let points = arrow.path.flattened(24);
        let between = |pair: &[Point]| {
            let (a, b) = (pair[0], pair[1]);
            (0..=8)
                .map(|nth| f64::from(nth) / 8.0)
                .map(move |t| Point { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t })
        };
        let points: Vec<Point> = points.windows(2).flat_map(between).collect();
        let (low, high) =
            points.iter().fold((f64::MAX, f64::MIN), |(low, high), p| (low.min(p.y), high.max(p.y)));
        for (nth, note) in layout.notes.iter().enumerate() {
            let Rect { x, y, width, height } = note.rect;
            if y > high || y + height < low {
                continue;
            }
            let own = nth == arrow.from || nth == arrow.to;
            let edge = if own { 0.6 } else { -1.0 };
            let inside = |p: &Point| {
                p.x > x + edge && p.x < x + width - edge && p.y > y + edge && p.y < y + height - edge
            };
            assert!(
                !points.iter().any(inside),
                "an arrow to {} runs through {}",
                layout.notes[arrow.to].id,
                note.id
            );
        }
    }
}

fn arrows_begin_and_end_at_their_stickies(layout: &Layout) {
    let touches = |rect: Rect, at: Point| {
        let wider =
            Rect { x: rect.x - 1.0, y: rect.y - 1.0, width: rect.width + 2.0, height: rect.height + 2.0 };
        wider.holds(&Rect { x: at.x, y: at.y, width: 0.0, height: 0.0 })
    };
    for arrow in &layout.arrows {
        assert!(
            touches(layout.notes[arrow.to].rect, arrow.path.end()),
            "no arrow head at {}",
            layout.notes[arrow.to].id
        );
        assert!(
            touches(layout.notes[arrow.from].rect, arrow.path.start),
            "nothing leaves {}",
            layout.notes[arrow.from].id
        );
    }
}

fn every_edge_has_an_arrow(graph: &FlowGraph, layout: &Layout) {
    let drawn: HashSet<usize> = layout.arrows.iter().map(|arrow| arrow.edge.index()).collect();
    assert_eq!(drawn.len(), graph.graph.edge_count());
    let shown: HashSet<usize> = layout.notes.iter().map(|note| note.sticky.index()).collect();
    assert_eq!(shown.len(), graph.graph.node_count());
    let ids: HashSet<&str> = layout.notes.iter().map(|note| note.id.as_str()).collect();
    assert_eq!(ids.len(), layout.notes.len(), "two stickies have one id");
    for arrow in &layout.arrows {
        let (from, to) = graph.graph.edge_endpoints(arrow.edge).unwrap();
        assert_eq!((layout.notes[arrow.from].sticky, layout.notes[arrow.to].sticky), (from, to));
    }
}

fn stickies_stand_in_their_context(layout: &Layout) {
    for note in &layout.notes {
        let at = turned(note);
        let homes = layout.grounds.iter().filter(|ground| ground.rect.overlaps(&at));
        let homes: Vec<_> = homes.map(|ground| (ground.context, ground.rect.holds(&at))).collect();
        let reader = note.kind == storm_dsl::graph::StickyKind::Reader && note.context.is_none();
        assert!(
            homes == [(note.context, true)] || (reader && homes.is_empty()),
            "{} stands in {homes:?}",
            note.id
        );
    }
    for (nth, ground) in layout.grounds.iter().enumerate() {
        assert!(layout.grounds[nth + 1..].iter().all(|other| !other.rect.overlaps(&ground.rect)));
    }
}

fn words_stay_on_their_sticky(layout: &Layout) {
    for note in &layout.notes {
        let detail = note.detail.as_ref();
        let wide = f64::max(note.label.width(), detail.map_or(0.0, |detail| detail.width()));
        let tall = note.label.height() + detail.map_or(0.0, |detail| detail.height() + 4.0);
        assert!(wide <= note.rect.width - 6.0, "{} is too wide", note.id);
        assert!(tall <= note.rect.height - 16.0, "{} is too tall", note.id);
    }
    for ground in &layout.grounds {
        assert!(
            ground.name.width() + 18.0 <= ground.rect.width && ground.name.height() <= ground.rect.height
        );
    }
}

fn the_paper_has_a_shape(layout: &Layout) {
    let aspect = layout.width / layout.height;
    assert!((1.0..=4.0).contains(&aspect), "{aspect}:1");
    let paper = Rect { x: 0.0, y: 0.0, width: layout.width, height: layout.height };
    assert!(layout.notes.iter().all(|note| paper.holds(&turned(note))));
    assert!(
        layout
            .arrows
            .iter()
            .flat_map(|arrow| arrow.path.flattened(8))
            .all(|p| { paper.holds(&Rect { x: p.x, y: p.y, width: 0.0, height: 0.0 }) })
    );
}

fn always(graph: &FlowGraph, options: &Options) {
    let layout = layout(graph, options);
    no_two_stickies_overlap(&layout);
    no_arrow_runs_through_a_sticky(&layout);
    arrows_begin_and_end_at_their_stickies(&layout);
    every_edge_has_an_arrow(graph, &layout);
    stickies_stand_in_their_context(&layout);
    words_stay_on_their_sticky(&layout);
    the_paper_has_a_shape(&layout);
    assert_eq!(crossings(&layout), layout.crossings, "the two counts of crossings differ");
    assert_eq!(render(graph, options), render(graph, options));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn holds_in_lanes(seed in 0_u64..1_000_000, stickies in 1_usize..150, contexts in 1_usize..9) {
        always(&random_in(&mut Dice::new(seed), stickies, contexts), &Options::default());
    }

    #[test]
    fn holds_in_boxes(seed in 0_u64..1_000_000, stickies in 1_usize..250, contexts in 13_usize..24) {
        always(&random_in(&mut Dice::new(seed), stickies, contexts), &Options::default());
    }

    #[test]
    fn holds_with_merged_aggregates(seed in 0_u64..1_000_000, stickies in 1_usize..120, contexts in 1_usize..16) {
        always(&random_in(&mut Dice::new(seed), stickies, contexts), &MERGED);
    }
}

#[test]
fn holds_for_the_shop() {
    always(&graphs::shop::shop(), &Options::default());
    always(&graphs::shop::shop(), &MERGED);
}

#[test]
fn holds_for_large_walls() {
    always(&random(3, 300), &Options::default());
    always(&random(5, 1000), &Options::default());
}

#[test]
fn holds_for_nothing() {
    always(&FlowGraph::default(), &Options::default());
}
