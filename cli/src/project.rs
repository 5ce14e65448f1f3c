//! A model on disk: its `.storm` files, the DDL they name, and `storm.toml` beside them.

mod prove;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use storm_dsl::source::{SourceFile, SourceSet};

pub(crate) use settings::Settings;

use crate::report::Stop;
use crate::rules;

/// MODEL of the command line.
#[derive(clap::Args)]
pub(crate) struct ModelArgument {
    /// The model: a folder with .storm files, or one file [default: the current folder]
    pub(crate) model: Option<PathBuf>,
}

/// A model that was read.
pub(crate) struct Project {
    /// The folder with `storm.toml` and `storm.lock`; for a single file, the file's folder.
    pub(crate) folder: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) sources: SourceSet,
}

impl ModelArgument {
    /// Reads the model.
    pub(crate) fn open(&self) -> Result<Project, Stop> {
        let path = self.model.clone().unwrap_or_else(|| PathBuf::from("."));
        let kind = fs::metadata(&path).map_err(|error| Stop::unread(&path, &error))?;
        if kind.is_dir() { open_folder(&path) } else { open_file(&path) }
    }
}

fn open_folder(folder: &Path) -> Result<Project, Stop> {
    let settings = Settings::read(folder)?;
    let out = settings.out_folder(folder);
    let mut paths = Vec::new();
    find_storm_files(folder, &out, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        return Err(Stop::fault(
            &rules::NO_MODEL,
            format!("there is no `.storm` file under `{}`", folder.display()),
            "name the model's folder, or begin one with `stormc new NAME`",
        ));
    }
    let name = settings.system_name(folder)?;
    read(folder.to_owned(), settings, name, paths)
}

fn open_file(path: &Path) -> Result<Project, Stop> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut settings = Settings::read(&folder)?;
    if settings.name.is_none() {
        settings.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    }
    let name = settings.system_name(&folder)?;
    read(folder, settings, name, vec![path.to_owned()])
}

fn read(folder: PathBuf, settings: Settings, name: String, paths: Vec<PathBuf>) -> Result<Project, Stop> {
    let files = paths.iter().map(|path| read_text(&folder, path)).collect::<Result<_, _>>()?;
    let mut sources = SourceSet { name, files, schemas: vec![] };
    let mut wanted: Vec<String> =
        storm_dsl::schema_paths(&sources).into_iter().map(|(path, _)| path).collect();
    wanted.sort();
    wanted.dedup();
    for schema in wanted {
        let path = folder.join(&schema);
        if path.is_file() {
            let file = read_text(&folder, &path)?;
            sources.schemas.push(SourceFile { path: schema, text: file.text });
        } // else the source that names it is reported, at its place
    }
    Ok(Project { folder, settings, sources })
}

/// Every `.storm` file below, hidden folders and the output folder left out.
fn find_storm_files(folder: &Path, out: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let entries = fs::read_dir(folder).map_err(|error| Stop::unread(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Stop::unread(folder, &error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || path == out {
            continue;
        }
        if path.is_dir() {
            find_storm_files(&path, out, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "storm") {
            paths.push(path);
        }
    }
    Ok(())
}

fn read_text(folder: &Path, path: &Path) -> Result<SourceFile, Stop> {
    let bytes = fs::read(path).map_err(|error| Stop::unread(path, &error))?;
    let shown = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        Stop::fault(
            &rules::NOT_UTF8,
            format!("`{shown}` is not UTF-8: line {line} holds a byte that no UTF-8 text has"),
            "save the file as UTF-8",
        )
    })?;
    Ok(SourceFile { path: shown, text: text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text) })
}
