//! Files to disk: looked at as a whole first, written after, so that a refusal leaves everything as it was.
//!
//! Two ownerships: a generated file is rewritten when its bytes differ and removed when the model no longer asks for
//! it; a person's file is written once, and one that was ours becomes a person's as soon as stormc says so. What may be overwritten is what carries the mark or stands in the list of the
//! last run (`.stormc-files`); anything else is somebody's work.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use storm_codegen::files::{File, Ownership, is_marked};

use crate::report::Stop;
use crate::rules;

/// The list of generated files, in the output folder.
const LIST: &str = ".stormc-files";
const LIST_HEAD: &str =
    "# What stormc generated here, rewritten and removed at will. Commit this file with the others.\n";

/// What writing would do.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    write: Vec<(PathBuf, Vec<u8>)>,
    remove: Vec<PathBuf>,
    /// Files whose bytes are right already, or that are a person's.
    pub(crate) kept: usize,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty()
    }

    pub(crate) fn written(&self) -> usize {
        self.write.len()
    }

    pub(crate) fn removed(&self) -> usize {
        self.remove.len()
    }

    /// Each path with what would happen to it.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let writes = self.write.iter().map(|(path, _)| {
            format!("{} {}", if path.exists() { "differs" } else { "missing" }, path.display())
        });
        let removals = self.remove.iter().map(|path| format!("stale   {}", path.display()));
        writes.chain(removals)
    }

    /// Also writes this one file, if it differs.
    pub(crate) fn add(&mut self, path: PathBuf, contents: Vec<u8>) -> Result<(), Stop> {
        if read(&path)?.as_deref() == Some(&contents) {
            self.kept += 1;
        } else {
            self.write.push((path, contents));
        }
        Ok(())
    }

    /// Does it. Each file is written beside its place and renamed into it.
    pub(crate) fn commit(&self) -> Result<(), Stop> {
        for (path, contents) in &self.write {
            write_whole(path, contents)?;
        }
        for path in &self.remove {
            fs::remove_file(path).map_err(|error| Stop::unwritten("remove", path, &error))?;
            remove_empty_folders(path);
        }
        Ok(())
    }
}

/// Compares a file set with a folder. Writes nothing.
///
/// # Errors
/// A file that is not ours stands where a generated one belongs (S0813), a service would go from under its handlers
/// (S0819), or the disk cannot be read.
pub(crate) fn compare(out: &Path, files: &[File]) -> Result<Changes, Stop> {
    let last = last_list(out)?;
    let mut changes = Changes::default();
    let mut list = BTreeSet::new();
    let mut theirs = BTreeSet::new();
    let mut in_the_way = Vec::new();
    for file in files {
        let path = out.join(&file.path);
        let there = read(&path)?;
        if file.ownership == Ownership::Person {
            theirs.insert(file.path.clone());
        }
        match (file.ownership, there) {
            // It was ours until now: nobody has written in it.
            (Ownership::Person, Some(bytes))
                if last.contains(&file.path) && is_marked(&file.path, &bytes) =>
            {
                changes.write.push((path, file.contents.clone()));
            }
            (Ownership::Person, Some(_)) => changes.kept += 1,
            (Ownership::Person, None) => changes.write.push((path, file.contents.clone())),
            (Ownership::Generated, there) => {
                list.insert(file.path.clone());
                match there {
                    Some(bytes) if bytes == file.contents => changes.kept += 1,
                    Some(bytes) if !last.contains(&file.path) && !is_marked(&file.path, &bytes) => {
                        in_the_way.push(file.path.clone())
                    }
                    _ => changes.write.push((path, file.contents.clone())),
                }
            }
        }
    }
    if !in_the_way.is_empty() {
        return Err(refuse(out, &in_the_way));
    }
    for stale in last.difference(&list).filter(|path| !theirs.contains(*path)) {
        let path = out.join(stale);
        if path.is_file() {
            changes.remove.push(path);
        }
    }
    let orphans = orphans(out, &last, &list);
    if !orphans.is_empty() {
        return Err(bereft(out, &orphans));
    }
    let text = list.iter().fold(LIST_HEAD.to_owned(), |text, path| text + path + "\n");
    changes.add(out.join(LIST), text.into_bytes())?;
    Ok(changes)
}

/// Folders of services that are not generated any more while a person's code for them is still there.
fn orphans<'l>(out: &Path, last: &'l BTreeSet<String>, list: &'l BTreeSet<String>) -> Vec<&'l str> {
    let gone = last.difference(list).filter_map(|path| path.strip_suffix("/src/lib.rs"));
    gone.filter(|folder| out.join(folder).join("src/handlers.rs").is_file()).collect()
}

fn bereft(out: &Path, folders: &[&str]) -> Stop {
    let shown = folders.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", ");
    Stop::fault(
        &rules::NO_SERVICE_ANY_MORE,
        format!(
            "{shown} in `{}` would be left with its handlers alone: the model no longer reaches that far",
            out.display()
        ),
        "nothing was written: `stormc check` says what is missing; if the service is to go, delete its folder first",
    )
}

fn refuse(out: &Path, paths: &[String]) -> Stop {
    let shown = paths.iter().take(5).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
    Stop::fault(
        &rules::IN_THE_WAY,
        format!("{shown}{more} in `{}` would be overwritten, and `stormc` did not write it", out.display()),
        "nothing was written: move the file away, or choose another folder with `--out`",
    )
}

/// The generated files of the last run. Only plain relative paths count: the list is a file that anyone can edit.
fn last_list(out: &Path) -> Result<BTreeSet<String>, Stop> {
    let Some(bytes) = read(&out.join(LIST))? else { return Ok(BTreeSet::new()) };
    let text = String::from_utf8_lossy(&bytes);
    let inside = |line: &&str| {
        Path::new(line).components().all(|part| matches!(part, std::path::Component::Normal(_)))
    };
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter(inside)
        .map(str::to_owned)
        .collect())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Stop> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Stop::unread(path, &error)),
    }
}

/// Writes a file so that a reader sees the old or the new one, never half of it.
pub(crate) fn write_whole(path: &Path, contents: &[u8]) -> Result<(), Stop> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Stop::unwritten("create", folder, &error))?;
    let fail = |error: std::io::Error| Stop::unwritten("write", path, &error);
    let mut beside = tempfile::Builder::new().prefix(".stormc-").tempfile_in(folder).map_err(fail)?;
    std::io::Write::write_all(&mut beside, contents).map_err(fail)?;
    let_everyone_read(beside.as_file()).map_err(fail)?;
    beside.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// A temporary file is its owner's alone; a written one is like any other.
#[cfg(unix)]
fn let_everyone_read(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn let_everyone_read(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

fn remove_empty_folders(path: &Path) {
    let mut folder = path.parent();
    while let Some(empty) = folder {
        if fs::remove_dir(empty).is_err() {
            break; // not empty: it stays
        }
        folder = empty.parent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storm_codegen::files::{Kind, MARK};

    fn generated(path: &str, text: &str) -> File {
        let contents = format!("// {MARK}\n{text}").into_bytes();
        File { path: path.into(), contents, ownership: Ownership::Generated, kind: Kind::Rust }
    }

    fn person(path: &str, text: &str) -> File {
        File { path: path.into(), contents: text.into(), ownership: Ownership::Person, kind: Kind::Rust }
    }

    #[test]
    fn a_second_run_writes_nothing() {
        let out = tempfile::tempdir().unwrap();
        let files = [generated("src/a.rs", "a"), person("src/main.rs", "m")];
        compare(out.path(), &files).unwrap().commit().unwrap();
        assert!(compare(out.path(), &files).unwrap().is_empty());
    }

    #[test]
    fn a_persons_file_stays_and_a_stale_generated_one_goes() {
        let out = tempfile::tempdir().unwrap();
        compare(out.path(), &[generated("old/a.rs", "a"), person("main.rs", "m")]).unwrap().commit().unwrap();
        fs::write(out.path().join("main.rs"), "mine").unwrap();
        compare(out.path(), &[person("main.rs", "m")]).unwrap().commit().unwrap();
        assert_eq!(fs::read_to_string(out.path().join("main.rs")).unwrap(), "mine");
        assert!(!out.path().join("old").exists(), "the stale file's folder goes with it");
    }

    #[test]
    fn a_generated_file_that_becomes_a_persons_is_handed_over_once() {
        let out = tempfile::tempdir().unwrap();
        compare(out.path(), &[generated("a.rs", "a")]).unwrap().commit().unwrap();
        let handed = [person("a.rs", "yours")];
        compare(out.path(), &handed).unwrap().commit().unwrap();
        assert_eq!(fs::read_to_string(out.path().join("a.rs")).unwrap(), "yours");
        fs::write(out.path().join("a.rs"), "mine").unwrap();
        assert!(compare(out.path(), &handed).unwrap().is_empty());
    }

    #[test]
    fn a_service_does_not_go_from_under_its_handlers() {
        let out = tempfile::tempdir().unwrap();
        let service = [generated("orders/src/lib.rs", "l"), person("orders/src/handlers.rs", "h")];
        compare(out.path(), &service).unwrap().commit().unwrap();
        let refused = compare(out.path(), &[]);
        assert!(matches!(refused, Err(Stop::Fault { rule, .. }) if rule.code == "S0819"));
        fs::remove_file(out.path().join("orders/src/handlers.rs")).unwrap();
        assert_eq!(compare(out.path(), &[]).unwrap().removed(), 1);
    }

    #[test]
    fn a_file_without_the_mark_is_not_overwritten_and_nothing_else_is_written() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("a.rs"), "mine").unwrap();
        let refused = compare(out.path(), &[generated("a.rs", "a"), generated("b.rs", "b")]);
        assert!(matches!(refused, Err(Stop::Fault { rule, .. }) if rule.code == "S0813"));
        assert!(!out.path().join("b.rs").exists());
    }

    #[test]
    fn a_list_that_leads_outside_removes_nothing_there() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("precious"), "p").unwrap();
        let out = root.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join(LIST), "../precious\n/etc/hostname\n").unwrap();
        compare(&out, &[]).unwrap().commit().unwrap();
        assert!(root.path().join("precious").exists());
    }
}
