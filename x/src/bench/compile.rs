//! `cargo x bench compile`: what the compiler costs on models of growing size.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::{Cost, measure, median};
use super::{Run, model};
use crate::workspace::{cargo, status, target};

/// Sizes of the measured models, in events.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

pub(super) fn run(run: &Run<'_>) -> Result<(), String> {
    if !status(&mut cargo(&["build", "--release", "-p", "stormc"]))?.success() {
        return Err("stormc does not build".to_owned());
    }
    for events in SIZES {
        let bench = Bench::new(run, events)?;
        bench.report("check", |_| Ok(()), |at| stormc(&["check"], at, &[]))?;
        bench.report("generate", Bench::forget, |at| stormc(&["generate"], at, &["--out", "out"]))?;
        bench.report("generate_again", |_| Ok(()), |at| stormc(&["generate"], at, &["--out", "out"]))?;
        bench.report("render", |_| Ok(()), |at| stormc(&["render"], at, &["-o", "board.svg"]))?;
    }
    Ok(())
}

/// One size: its folder with `model` and, after a generation, `out`.
struct Bench<'a> {
    run: &'a Run<'a>,
    events: usize,
    folder: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(run: &'a Run<'a>, events: usize) -> Result<Self, String> {
        let folder = run.folder.join(events.to_string());
        model::write(events, &folder.join("model")).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(Self { run, events, folder })
    }

    /// Removes what a generation leaves, so that the next one starts from nothing.
    fn forget(&self) -> Result<(), String> {
        let gone = |removed: std::io::Result<()>| match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        };
        gone(fs::remove_dir_all(self.folder.join("out")))?;
        gone(fs::remove_file(self.folder.join("model/storm.lock")))
    }

    /// Measures a command the asked number of times, each after `before`.
    fn report(
        &self,
        step: &str,
        before: impl Fn(&Self) -> Result<(), String>,
        command: impl Fn(&Path) -> Command,
    ) -> Result<(), String> {
        let once = |_| {
            before(self)?;
            measure(&mut command(&self.folder))
        };
        let costs: Vec<Cost> = (0..self.run.runs).map(once).collect::<Result<_, String>>()?;
        if let Some(Cost { cpu, peak }) = median(&costs) {
            let name = format!("compile.{step}.{}", self.events);
            self.run.report.figure(&format!("{name}.cpu"), cpu.as_secs_f64(), "s");
            self.run.report.figure(&format!("{name}.peak"), mebibytes(peak), "MiB");
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a peak of memory needs no 53 bits")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

fn stormc(task: &[&str], at: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(target().join("release/stormc"));
    command.args(task).arg("model").args(options).current_dir(at);
    command
}
