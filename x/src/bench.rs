//! The table of benchmarks and what they report with.

mod compile;
mod measure;
mod model;
mod report;
mod service;

use std::path::Path;

pub(crate) use report::Report;

/// One thing that can be measured.
pub(crate) struct Benchmark {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What its figures say, in one line.
    pub(crate) about: &'static str,
    /// Measures and reports; fails when what is measured does.
    pub(crate) run: fn(&Run<'_>) -> Result<(), String>,
}

/// How to measure this time.
pub(crate) struct Run<'a> {
    /// Repetitions of which the median counts.
    pub(crate) runs: u32,
    /// A folder for what is made on the way.
    pub(crate) folder: &'a Path,
    /// Where figures go.
    pub(crate) report: Report,
    /// What this benchmark alone understands.
    pub(crate) more: &'a [String],
}

/// Every benchmark there is.
pub(crate) const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "compile",
        about: "stormc on models of 100, 1,000 and 10,000 events: CPU and peak memory",
        run: compile::run,
    },
    Benchmark {
        name: "service",
        about: "a generated service on real servers beside its peers: capture, publish, dispatch, skip, latency; \
                after `--`: `--only capture,skip`, `--rows N`",
        run: service::run,
    },
];
