//! What a project says about its output beside the model: the system's name and where the runtime is found.
//! It must not know `storm.toml` or the command line; the cli makes this value from both.

/// What the output depends on beside the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The system's name, for example `shop`: proto packages and crate names are made of it.
    pub name: String,
    /// Where the generated crates find `storm-runtime`.
    pub runtime: Runtime,
}

/// Where the generated workspace takes the runtime crate from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Runtime {
    /// `vendor/storm-runtime` in the output folder: the binary carries the source and the cli writes it there.
    #[default]
    Vendor,
    /// A folder, relative to the output folder or absolute.
    Path(String),
    /// A revision of a git repository.
    Git {
        /// The repository's address.
        url: String,
        /// The revision.
        rev: String,
    },
    /// A published version.
    Version(String),
}

impl Runtime {
    /// The value of `storm-runtime` in the output's `[workspace.dependencies]`.
    pub fn dependency(&self) -> String {
        match self {
            Runtime::Vendor => "{ path = \"vendor/storm-runtime\" }".into(),
            Runtime::Path(path) => format!("{{ path = {} }}", quoted(path)),
            Runtime::Git { url, rev } => format!("{{ git = {}, rev = {} }}", quoted(url), quoted(rev)),
            Runtime::Version(version) => quoted(version),
        }
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::Runtime;

    #[test]
    fn a_path_is_written_as_toml_reads_it() {
        let path = Runtime::Path("../run\"time".into());
        let manifest: toml::Table = format!("storm-runtime = {}", path.dependency()).parse().unwrap();
        assert_eq!(manifest["storm-runtime"]["path"].as_str(), Some("../run\"time"));
    }
}
