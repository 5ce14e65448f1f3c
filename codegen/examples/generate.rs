//! Writes what a model generates, for work on the templates: `cargo run --example generate -- MODEL OUT [RUNTIME]`.
//! The real way is `stormc generate`, which keeps a person's files and removes stale ones.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "an example is no part of the pure crate")]

use std::fs;
use std::path::Path;

use storm_codegen::files::{Kind, Ownership};
use storm_codegen::project::{Project, Runtime};
use storm_dsl::source::{SourceFile, SourceSet};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(model), Some(out)) = (arguments.next(), arguments.next()) else {
        panic!("say which model and where to write");
    };
    let runtime = arguments.next().map_or(Runtime::Vendor, Runtime::Path);
    let model = Path::new(&model);
    let name = model.file_name().and_then(|name| name.to_str()).unwrap_or("model").to_owned();
    let mut files: Vec<SourceFile> = fs::read_dir(model)
        .expect("the model's folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|path| path.ends_with(".storm"))
        .map(|path| SourceFile { text: fs::read_to_string(model.join(&path)).expect("a file of the model"), path })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut sources = SourceSet { name: name.clone(), files, schemas: Vec::new() };
    for (path, _) in storm_dsl::schema_paths(&sources) {
        let text = fs::read_to_string(model.join(&path)).expect("a schema of the model");
        sources.schemas.push(SourceFile { path, text });
    }
    let (model_valid, _, _) = match storm_dsl::analyse(&sources).valid() {
        Ok(valid) => valid,
        Err(diagnostics) => return complain(&sources, &diagnostics),
    };
    let lock_path = model.join("storm.lock");
    let lock = fs::read_to_string(&lock_path).ok();
    let project = Project { name, runtime };
    let generated = match storm_codegen::generate(&model_valid, &sources, &project, lock.as_deref()) {
        Ok(generated) => generated,
        Err(diagnostics) => return complain(&sources, &diagnostics),
    };
    for note in &generated.notes {
        println!("note: {note}");
    }
    let out = Path::new(&out);
    let mut rust = Vec::new();
    for file in generated.files {
        let path = out.join(&file.path);
        if file.ownership == Ownership::Person && path.exists() {
            continue;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder to write to");
        fs::write(&path, &file.contents).expect("a file to write");
        if file.kind == Kind::Rust {
            rust.push(path);
        }
    }
    fs::write(out.join("storm.lock"), generated.lock_text).expect("the lock");
    let formatted = std::process::Command::new("rustfmt").args(["--edition", "2024"]).args(&rust).status();
    println!("{} files formatted: {formatted:?}", rust.len());
}

fn complain(sources: &SourceSet, diagnostics: &[storm_dsl::diagnostic::Diagnostic]) {
    for found in diagnostics {
        let place = found.labels.first().map(|label| sources.place(label.span)).unwrap_or_default();
        println!("{} {place}: {} (help: {})", found.rule.code, found.message, found.help.clone().unwrap_or_default());
    }
    std::process::exit(1);
}
