//! How long a picture takes: layout and SVG, from 30 to 30,000 stickies. `cargo bench -p storm-board`.

#[path = "../tests/graphs/mod.rs"]
mod graphs;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use storm_board::{Options, render};

fn pictures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10);
    for stickies in [30, 300, 3_000, 30_000] {
        let graph = graphs::random::random(7, stickies);
        group.bench_with_input(BenchmarkId::from_parameter(stickies), &graph, |bencher, graph| {
            bencher.iter(|| render(graph, &Options::default()).len());
        });
    }
    group.finish();
}

criterion_group!(benches, pictures);
criterion_main!(benches);
