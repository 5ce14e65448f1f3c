//! Generated Rust through rustfmt: one process for all files, in a folder of its own so that no one's settings count.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use storm_codegen::files::{File, Kind};

/// How it went.
pub(crate) enum Outcome {
    Formatted,
    /// rustfmt is not installed: the files stay as they were rendered.
    Absent,
    /// What we rendered is not Rust: what rustfmt says of it.
    Refused(String),
}

/// Formats every `.rs` file in place. The style is rustfmt's default, edition 2024.
///
/// # Errors
/// A temporary folder cannot be written, or rustfmt cannot be started.
pub(crate) fn format(files: &mut [File]) -> std::io::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("rustfmt.toml"), "edition = \"2024\"\n")?;
    let rust: Vec<usize> = (0..files.len()).filter(|&index| is_ours(&files[index])).collect();
    let place = |index: usize| folder.path().join(format!("{index}.rs"));
    for &index in &rust {
        fs::write(place(index), without_modules(&files[index].contents))?;
    }
    for chunk in rust.chunks(200) {
        match run(folder.path(), chunk.iter().map(|&index| place(index)))? {
            Outcome::Formatted => {}
            other => return Ok(other),
        }
    }
    for &index in &rust {
        files[index].contents = with_modules(&fs::read(place(index))?);
    }
    Ok(Outcome::Formatted)
}

/// The carried runtime is as its authors formatted it.
fn is_ours(file: &File) -> bool {
    file.kind == Kind::Rust && !file.path.starts_with("vendor/")
}

fn run(folder: &Path, files: impl Iterator<Item = std::path::PathBuf>) -> std::io::Result<Outcome> {
    let result =
        Command::new("rustfmt").arg("--config-path").arg(folder).args(files).stdin(Stdio::null()).output();
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Outcome::Absent),
        Err(error) => Err(error),
        Ok(output) if output.status.success() => Ok(Outcome::Formatted),
        Ok(output) => Ok(Outcome::Refused(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

/// rustfmt follows `mod name;` to other files, which are not there: such a line becomes a module with a mark in
/// it, and is put back after. Only top-level declarations are of this kind in what we generate.
fn without_modules(contents: &[u8]) -> String {
    let text = String::from_utf8_lossy(contents);
    replace_lines(&text, |line| {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        let (visibility, after) =
            rest.split_once("mod ").filter(|(before, _)| before.is_empty() || before.ends_with(' '))?;
        let name =
            after.strip_suffix(';').filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))?;
        Some(format!("{indent}{visibility}mod {name} {{\n{MARKER}\n}}"))
    })
}

const MARKER: &str = "/*elsewhere*/";

fn with_modules(contents: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(contents);
    // rustfmt moves the comment to a line of its own.
    text.replace(" {\n    /*elsewhere*/\n}", ";").into_bytes()
}

fn replace_lines(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    text.split('\n')
        .map(|line| change(line).unwrap_or_else(|| line.to_owned()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use storm_codegen::files::Ownership;

    #[test]
    fn modules_of_other_files_survive() {
        let text = "//! Doc.\n\npub mod handlers;\nmod wire;\npub(crate) mod   x {\n fn  f(){}\n}\n";
        let mut files = [File {
            path: "lib.rs".into(),
            contents: text.into(),
            ownership: Ownership::Generated,
            kind: Kind::Rust,
        }];
        if let Outcome::Formatted = format(&mut files).unwrap() {
            let formatted = String::from_utf8(files[0].contents.clone()).unwrap();
            assert_eq!(
                formatted,
                "//! Doc.\n\npub mod handlers;\nmod wire;\npub(crate) mod x {\n    fn f() {}\n}\n"
            );
        }
    }
}
