//! `storm.toml`: what the flags would say each time.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use storm_codegen::project::Runtime;

use crate::report::Stop;
use crate::rules;

/// The file, every key optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The system's name.
    pub(crate) name: Option<String>,
    /// Where `generate` writes, relative to the model's folder.
    pub(crate) out: Option<PathBuf>,
    /// Where the generated crates find the runtime.
    #[serde(default)]
    pub(crate) runtime: RuntimeSettings,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuntimeSettings {
    vendor: Option<bool>,
    path: Option<String>,
    git: Option<String>,
    rev: Option<String>,
    version: Option<String>,
}

impl Settings {
    /// Reads `storm.toml` of a model's folder; an absent one says nothing.
    pub(crate) fn read(folder: &Path) -> Result<Self, Stop> {
        let path = folder.join("storm.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Stop::unread(&path, &error)),
        };
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            bad(format!("`storm.toml`, line {line}: {}", error.message().trim()))
        })
    }

    /// The output folder: `out`, else `service`, beside the model.
    pub(crate) fn out_folder(&self, folder: &Path) -> PathBuf {
        folder.join(self.out.as_deref().unwrap_or(Path::new("service")))
    }

    /// The system's name: `name`, else the folder's.
    pub(crate) fn system_name(&self, folder: &Path) -> Result<String, Stop> {
        let (name, help) = match &self.name {
            Some(name) => (name.clone(), "change `name` in `storm.toml`"),
            None => {
                let full = folder.canonicalize().map_err(|error| Stop::unread(folder, &error))?;
                let own = full.file_name().map(|name| name.to_string_lossy().into_owned());
                (own.unwrap_or_default(), "set `name` in a `storm.toml` beside the model")
            }
        };
        if is_system_name(&name) {
            Ok(name)
        } else {
            Err(Stop::fault(&rules::BAD_NAME, format!("`{name}` cannot be the system's name"), help))
        }
    }

    /// Where the runtime comes from.
    pub(crate) fn runtime(&self) -> Result<Runtime, Stop> {
        let RuntimeSettings { vendor, path, git, rev, version } = self.runtime.clone();
        match (vendor.unwrap_or(false), path, git, rev, version) {
            (_, None, None, None, None) => Ok(Runtime::Vendor),
            (false, Some(path), None, None, None) => Ok(Runtime::Path(path)),
            (false, None, Some(url), Some(rev), None) => Ok(Runtime::Git { url, rev }),
            (false, None, None, None, Some(version)) => Ok(Runtime::Version(version)),
            _ => Err(bad(
                "`[runtime]` names none or more than one of `vendor`, `path`, `version`, `git` with `rev`"
                    .into(),
            )),
        }
    }
}

/// A letter, then letters, digits and `-`; what a proto package and a crate name can be made of.
pub(crate) fn is_system_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn bad(message: String) -> Stop {
    Stop::fault(&rules::BAD_SETTINGS, message, "`stormc explain S0814` lists the keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime(text: &str) -> Result<Runtime, Stop> {
        toml::from_str::<Settings>(text).unwrap().runtime()
    }

    #[test]
    fn the_runtime_is_carried_unless_told_otherwise() {
        assert!(matches!(runtime(""), Ok(Runtime::Vendor)));
        assert!(matches!(runtime("runtime.path = '../r'"), Ok(Runtime::Path(path)) if path == "../r"));
        assert!(matches!(runtime("runtime.git = 'u'\nruntime.rev = 'r'"), Ok(Runtime::Git { .. })));
    }

    #[test]
    fn two_homes_of_the_runtime_are_refused() {
        assert!(runtime("runtime.path = 'a'\nruntime.version = '1'").is_err());
        assert!(runtime("runtime.git = 'a'").is_err());
    }

    #[test]
    fn a_system_name_fits_a_package() {
        assert!(is_system_name("web-shop2"));
        for bad in ["", "2shop", "Shop", "my shop", "läden"] {
            assert!(!is_system_name(bad), "{bad}");
        }
    }
}
