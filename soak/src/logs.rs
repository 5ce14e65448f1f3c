//! What the services have printed: kept in a temporary folder, shown and left there when a test fails.
//! It must not know: what a line means.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder with a log for each service. When it is dropped while its thread panics, the logs' ends are printed and the
/// folder stays, unless that was done before.
pub struct Logs {
    folder: Option<TempDir>,
    path: PathBuf,
}

impl Logs {
    /// An empty folder.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("storm-logs-").tempdir().expect("a temporary folder");
        Self { path: folder.path().to_owned(), folder: Some(folder) }
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last lines of each log.
    pub fn ends(&self, lines: usize) -> String {
        let mut files: Vec<_> =
            std::fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        let mut all = String::new();
        for file in files {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned();
            let every: Vec<_> = text.lines().collect();
            let tail = every[every.len().saturating_sub(lines)..].join("\n");
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            all += &format!("--- {name}\n{tail}\n");
        }
        all
    }

    /// Prints the logs' ends, and leaves the folder where it is. Who is about to panic does it before: what is wrong then
    /// stands below.
    pub fn show(&mut self) {
        eprintln!("{}", self.ends(40));
        eprintln!("the logs are in {}", self.keep().display());
    }

    /// Leaves the folder where it is and says where.
    pub fn keep(&mut self) -> &Path {
        if let Some(folder) = self.folder.take() {
            let _ = folder.keep();
        }
        &self.path
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if std::thread::panicking() && self.folder.is_some() {
            self.show();
        }
    }
}
