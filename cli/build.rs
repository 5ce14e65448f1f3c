//! Packs the runtime's source, with manifests that need no workspace, into the binary: `stormc generate` writes it to
//! `vendor/`, so that a generated service builds with nothing but the binary and a Rust toolchain.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use toml::{Table, Value};

/// The crates that are carried, by their folder in this repository.
const CARRIED: &[&str] = &["contract", "runtime", "broker"];

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap()).join("..");
    let workspace = read_manifest(&root.join("Cargo.toml"));
    let mut table = String::from("pub(crate) static FILES: &[(&str, &[u8])] = &[\n");
    let out = PathBuf::from(env::var("OUT_DIR").unwrap());
    println!("cargo:rerun-if-changed={}", root.join("Cargo.toml").display());
    println!("cargo:rerun-if-changed={}", root.join("Cargo.lock").display());
    for folder in CARRIED {
        let crate_root = root.join(folder);
        println!("cargo:rerun-if-changed={}", crate_root.display());
        let manifest = standalone(read_manifest(&crate_root.join("Cargo.toml")), &workspace);
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let manifest_file = out.join(format!("{name}.toml"));
        fs::write(&manifest_file, toml::to_string(&manifest).unwrap()).unwrap();
        row(&mut table, &format!("{name}/Cargo.toml"), &manifest_file);
        let mut sources = Vec::new();
        collect(&crate_root.join("src"), &mut sources);
        sources.sort();
        for file in sources {
            let inside = file.strip_prefix(&crate_root).unwrap().to_str().unwrap().replace('\\', "/");
            row(&mut table, &format!("{name}/{inside}"), &file);
        }
    }
    table.push_str("];\n");
    fs::write(out.join("vendor.rs"), table).unwrap();
}

fn row(table: &mut String, path: &str, file: &Path) {
    writeln!(table, "    ({path:?}, include_bytes!({:?})),", file.canonicalize().unwrap()).unwrap();
}

fn read_manifest(path: &Path) -> Table {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The manifest with everything that it inherits from the workspace written out, and what only development needs left out.
fn standalone(mut manifest: Table, workspace: &Table) -> Table {
    let inherited = workspace["workspace"].as_table().unwrap();
    for section in ["dev-dependencies", "lints", "bench", "test", "example"] {
        manifest.remove(section);
    }
    let package = manifest["package"].as_table_mut().unwrap();
    for (key, value) in package.iter_mut() {
        if is_inherited(value) {
            *value = inherited["package"][key].clone();
        }
    }
    for section in ["dependencies", "build-dependencies"] {
        let Some(dependencies) = manifest.get_mut(section).and_then(Value::as_table_mut) else { continue };
        for (name, own) in dependencies.iter_mut() {
            if is_inherited(own) {
                *own = resolve(name, own, &inherited["dependencies"][name]);
            }
        }
    }
    manifest
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// One dependency: the workspace's entry with the member's own features and `optional` added.
fn resolve(name: &str, own: &Value, shared: &Value) -> Value {
    let mut merged = match shared {
        Value::String(version) => Table::from_iter([("version".to_owned(), Value::String(version.clone()))]),
        other => other.as_table().unwrap().clone(),
    };
    if merged.contains_key("path") {
        merged.insert("path".into(), Value::String(format!("../{name}")));
    }
    let own = own.as_table().unwrap();
    if let Some(features) = own.get("features").and_then(Value::as_array) {
        let mut all = merged.get("features").and_then(Value::as_array).cloned().unwrap_or_default();
        all.extend(features.iter().cloned());
        merged.insert("features".into(), Value::Array(all));
    }
    for key in ["optional", "default-features"] {
        if let Some(value) = own.get(key) {
            merged.insert(key.into(), value.clone());
        }
    }
    Value::Table(merged)
}
