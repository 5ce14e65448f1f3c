//! `stormc generate`

use std::path::PathBuf;

use storm_codegen::files::{File, Kind, Ownership};
use storm_codegen::project::Runtime;

use crate::disk::{self, Changes};
use crate::project::{ModelArgument, Project};
use crate::report::{Stop, Terminal};
use crate::rustfmt::{self, Outcome};
use crate::{manifest, rules, vendor};

/// Compile a model into contracts, topic configuration and a running service
#[derive(clap::Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    model: ModelArgument,
    /// The folder to write into [default: `out` of storm.toml, else `service` beside the model]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nothing; fail if what is there is not what the model says
    #[arg(long)]
    check: bool,
}

impl Generate {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        let project = self.model.open()?;
        let out = self.out.clone().unwrap_or_else(|| project.settings.out_folder(&project.folder));
        let changes = plan(&project, &out, terminal)?;
        if self.check {
            return verify(&changes);
        }
        changes.commit()?;
        eprintln!(
            "{}: {} written, {} removed, {} unchanged",
            out.display(),
            changes.written(),
            changes.removed(),
            changes.kept
        );
        Ok(())
    }
}

/// Everything that would be written, before a byte is.
fn plan(project: &Project, out: &std::path::Path, terminal: &Terminal) -> Result<Changes, Stop> {
    let proven = project.prove(terminal)?;
    let generated =
        storm_codegen::generate(&proven.model, &project.sources, &proven.target, proven.lock.as_deref());
    let generated = generated.map_err(|findings| {
        terminal.show(&project.sources, &findings);
        Stop::Wrong
    })?;
    for note in &generated.notes {
        eprintln!("note: {note}");
    }
    let mut files: Vec<File> = generated.files.into_iter().collect();
    carry(&mut files, &proven.target.runtime);
    match rustfmt::format(&mut files) {
        Ok(Outcome::Formatted) => {}
        Ok(Outcome::Absent) => {
            eprintln!("note: rustfmt is not installed, so the Rust files are not formatted")
        }
        Ok(Outcome::Refused(said)) => {
            return Err(Stop::outside(
                &rules::NOT_RUST,
                format!("rustfmt refused what was generated: {said}"),
                "please report this with the model: it is a fault of stormc",
            ));
        }
        Err(error) => return Err(Stop::unwritten("write", &std::env::temp_dir(), &error)),
    }
    manifest::check(out, &files)?;
    let mut changes = disk::compare(out, &files)?;
    changes.add(project.lock_path(), generated.lock_text.into_bytes())?;
    Ok(changes)
}

/// Adds what the binary carries: the runtime's source where it is wanted, and the versions that were tried.
fn carry(files: &mut Vec<File>, runtime: &Runtime) {
    if !files.iter().any(|file| file.path == "Cargo.toml") {
        return; // no context reaches service depth
    }
    if matches!(runtime, Runtime::Vendor) {
        files.extend(vendor::FILES.iter().map(|(path, contents)| File {
            path: format!("vendor/{path}"),
            contents: contents.to_vec(),
            ownership: Ownership::Generated,
            kind: Kind::Rust,
        }));
    }
    files.push(File {
        path: "Cargo.lock".into(),
        contents: vendor::LOCK.as_bytes().to_vec(),
        ownership: Ownership::Person,
        kind: Kind::Toml,
    });
}

fn verify(changes: &Changes) -> Result<(), Stop> {
    if changes.is_empty() {
        eprintln!("everything is what the model says");
        return Ok(());
    }
    for line in changes.lines() {
        eprintln!("{line}");
    }
    Err(Stop::fault(
        &rules::NOT_CURRENT,
        "the generated files are not what the model says",
        "run `stormc generate` and commit what it writes",
    ))
}
