//! A model's output on disk, formatted: what `stormc generate` writes into an empty folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use storm_codegen::files::Kind;
use storm_codegen::project::{Project, Runtime};
use storm_dsl::source::{SourceFile, SourceSet};

/// Generates the model of a folder (with its `storm.lock`, if there is one) into another, the new lock beside it.
///
/// # Panics
/// When the model is refused, or a file cannot be read or written.
pub fn generate_into(model: &Path, out: &Path, runtime: &str) {
    let sources = sources(model);
    let (valid, ..) = storm_dsl::analyse(&sources).valid().unwrap_or_else(|found| {
        panic!("{}: {:?}", model.display(), found.iter().map(|it| &it.message).collect::<Vec<_>>())
    });
    let lock = fs::read_to_string(model.join("storm.lock")).ok();
    let project = Project { name: sources.name.clone(), runtime: Runtime::Path(runtime.into()) };
    let generated =
        storm_codegen::generate(&valid, &sources, &project, lock.as_deref()).unwrap_or_else(|found| {
            panic!("{}: {:?}", model.display(), found.iter().map(|it| &it.message).collect::<Vec<_>>())
        });
    let mut rust: Vec<PathBuf> = Vec::new();
    for file in generated.files {
        let path = out.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.contents).unwrap();
        if file.kind == Kind::Rust {
            rust.push(path);
        }
    }
    fs::write(out.join("storm.lock"), generated.lock_text).unwrap();
    if !rust.is_empty() {
        let formatted = Command::new("rustfmt").args(["--edition", "2024"]).args(&rust).status().unwrap();
        assert!(formatted.success(), "{}: rustfmt reads what is generated", model.display());
    }
}

/// The texts of a model's folder. The system is named after the folder around `model`.
fn sources(model: &Path) -> SourceSet {
    let name = model.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
    let mut files: Vec<SourceFile> = read_tree(model)
        .into_iter()
        .filter(|(path, _)| path.ends_with(".storm"))
        .map(|(path, text)| SourceFile { path, text: String::from_utf8(text).unwrap() })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut sources = SourceSet { name, files, schemas: Vec::new() };
    for (path, _) in storm_dsl::schema_paths(&sources) {
        let text = fs::read_to_string(model.join(&path)).unwrap();
        sources.schemas.push(SourceFile { path, text });
    }
    sources
}

/// Every file below a folder by its path in it; none when there is no such folder.
///
/// # Panics
/// When a file cannot be read.
pub fn read_tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}
