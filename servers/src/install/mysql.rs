//! MySQL comes from Debian's unstable suite, unpacked into the cache: the machine's own packages and
//! package lists stay as they are, and the server runs on the C library it was built for.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{cache::cached, path::program};
use crate::error::{Error, Result, run};

/// Packages that the server's own name as dependencies and never loads.
const UNUSED: [&str; 4] = ["perl", "libperl", "gcc-", "libicu-"];

/// An unpacked MySQL.
pub(crate) struct Installed {
    /// The folder that holds its `usr`.
    pub(crate) root: PathBuf,
    loader: PathBuf,
}

impl Installed {
    /// The server's command, without arguments.
    pub(crate) fn server(&self) -> Command {
        let mut command = Command::new(&self.loader);
        if let Some(libraries) = self.loader.parent() {
            command.arg("--library-path").arg(libraries);
        }
        command.arg(self.root.join("usr/sbin/mysqld"));
        command
    }
}

/// Finds the unpacked MySQL, fetching it if it is absent.
pub(crate) fn mysql() -> Result<Installed> {
    let root = cached("mysql", fetch)?;
    let loader = loader(&root).ok_or_else(|| Error::new("the unpacked MySQL has no loader"))?;
    Ok(Installed { root, loader })
}

/// `usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2` and its like on other processors.
fn loader(root: &Path) -> Option<PathBuf> {
    let folders = std::fs::read_dir(root.join("usr/lib")).ok()?;
    folders.flatten().find_map(|folder| {
        let files = std::fs::read_dir(folder.path()).ok()?;
        files
            .flatten()
            .map(|file| file.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux")))
    })
}

fn fetch(into: &Path) -> Result<()> {
    if program("apt-get").is_none() || program("dpkg").is_none() {
        return Err(Error::new("MySQL is fetched with apt and dpkg, which are not here"));
    }
    let mirror = mirror().ok_or_else(|| Error::new("apt is configured with no Debian mirror"))?;
    eprintln!("fetching MySQL");
    let apt = tempfile::tempdir().map_err(|e| Error::io("a temporary folder", &e))?;
    let config = configure(apt.path(), &mirror)?;
    let get = || {
        let mut command = Command::new("apt-get");
        command.env("APT_CONFIG", &config).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run(get().args(["-qq", "update"]))?;
    run(get().args(["-qq", "-y", "-d", "install", "mysql-server-core"]))?;
    let archives = apt.path().join("cache/archives");
    for entry in std::fs::read_dir(&archives).map_err(Error::file(&archives))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".deb") && !UNUSED.iter().any(|unused| name.starts_with(unused)) {
            run(Command::new("dpkg").arg("-x").arg(entry.path()).arg(into))?;
        }
    }
    if into.join("usr/sbin/mysqld").exists() {
        Ok(())
    } else {
        Err(Error::new("the suite's `mysql-server-core` holds no `mysqld`"))
    }
}

/// Writes a configuration under which apt knows the unstable suite only and thinks nothing is installed.
/// The suite's list may be weeks old on a mirror that lags, or on a machine whose clock runs ahead:
/// signed it is all the same, and any version will do.
fn configure(folder: &Path, mirror: &str) -> Result<PathBuf> {
    let write = |path: &Path, text: &str| std::fs::write(path, text).map_err(Error::file(path));
    for inside in ["lists/partial", "cache/archives/partial", "state"] {
        let path = folder.join(inside);
        std::fs::create_dir_all(&path).map_err(Error::file(&path))?;
    }
    write(&folder.join("status"), "")?;
    let source =
        format!("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} sid main\n");
    write(&folder.join("sources.list"), &source)?;
    let config = folder.join("apt.conf");
    let at = folder.display();
    let text = format!(
        r#"Dir::Etc::sourcelist "{at}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{at}/state";
Dir::State::Lists "{at}/lists";
Dir::State::status "{at}/status";
Dir::Cache "{at}/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Debug::NoLocking "true";
"#
    );
    write(&config, &text)?;
    Ok(config)
}

/// The Debian mirror that apt uses already.
fn mirror() -> Option<String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    let parts = std::fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
    files.extend(parts.map(|entry| entry.path()));
    files.sort();
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).find_map(|text| mirror_in(&text))
}

fn mirror_in(sources: &str) -> Option<String> {
    sources
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_end_matches('/'))
        .find(|word| word.starts_with("http") && word.ends_with("/debian"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::mirror_in;

    #[test]
    fn the_mirror_is_read_from_both_formats() {
        let one_line = "# deb http://old.example/debian x main\ndeb http://m.example/debian/ bookworm main\n";
        assert_eq!(mirror_in(one_line).as_deref(), Some("http://m.example/debian"));
        let stanza = "Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\n";
        assert_eq!(mirror_in(stanza).as_deref(), Some("http://m.example/debian"));
        assert_eq!(mirror_in("deb http://m.example/debian-security bookworm main\n"), None);
    }
}
