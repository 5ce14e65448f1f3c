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
    /// `vendor/` in the output folder: the binary carries the source and the cli writes it there.
    #[default]
    Vendor,
    /// The runtime's folder, relative to the output folder or absolute; the crates it stands on lie beside it.
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
    /// The value of `storm-<part>` in the output's `[workspace.dependencies]`; `part` is `runtime` or `contract`.
    pub fn dependency(&self, part: &str) -> String {
        match self {
            Runtime::Vendor => format!("{{ path = \"vendor/storm-{part}\" }}"),
            Runtime::Path(path) if part == "runtime" => format!("{{ path = {} }}", quoted(path)),
            Runtime::Path(path) => {
                let beside = path.strip_suffix("runtime").map(|folder| format!("{folder}{part}"));
                format!("{{ path = {} }}", quoted(&beside.unwrap_or_else(|| format!("{path}/../{part}"))))
            }
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
        let path = |path: &str, part: &str| {
            let dependency = Runtime::Path(path.into()).dependency(part);
            let manifest: toml::Table = format!("it = {dependency}").parse().unwrap();
            manifest["it"]["path"].as_str().map(str::to_owned)
        };
        assert_eq!(path("../a\"b/runtime", "runtime").as_deref(), Some("../a\"b/runtime"));
        assert_eq!(path("../a\"b/runtime", "contract").as_deref(), Some("../a\"b/contract"));
        assert_eq!(path("vendor/storm-runtime", "contract").as_deref(), Some("vendor/storm-contract"));
    }
}
