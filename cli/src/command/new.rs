//! `stormc new NAME`

use std::path::{Path, PathBuf};

use crate::disk;
use crate::project::Settings;
use crate::report::{Output, Stop, Terminal};
use crate::rules;

/// Begin a model: a folder with a small one that checks, draws, generates and runs
#[derive(clap::Args)]
pub(crate) struct New {
    /// The system's name, and the new folder's
    name: PathBuf,
}

/// What a new folder holds. `{name}` is the system's name.
const FILES: &[(&str, &str)] = &[
    ("storm.toml", include_str!("../../../templates/new/storm.toml")),
    ("orders.storm", include_str!("../../../templates/new/orders.storm")),
    ("schema/shop.sql", include_str!("../../../templates/new/schema.sql")),
    (".gitignore", "/service/target\n"),
];

impl New {
    pub(crate) fn run(self, _: &Terminal) -> Result<(), Stop> {
        let folder = &self.name;
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // The same rule as for every model's name.
        let settings = Settings { name: Some(name.clone()), ..Settings::default() };
        settings.system_name(Path::new(".")).map_err(|_| {
            Stop::fault(
                &rules::BAD_NAME,
                format!("`{name}` cannot be the system's name"),
                "a letter, then letters, digits and `-`, all lower case, for example `web-shop`: nothing was written",
            )
        })?;
        if folder.exists() {
            return Err(Stop::fault(
                &rules::ALREADY_THERE,
                format!("`{}` is there already", folder.display()),
                "choose another name: nothing was written",
            ));
        }
        for (path, text) in FILES {
            disk::write_whole(&folder.join(path), text.replace("{name}", &name).as_bytes())?;
        }
        let render = format!("stormc render -o {name}.svg");
        Output::lines(&format!(
            "{folder} is yours. Next:\n  cd {folder}\n  {check:<30}# how far the model has come\n  {render:<30}# the wall\n  \
             {generate:<30}# contracts, topics and the service, in service/\n  \
             cargo build --manifest-path service/Cargo.toml",
            folder = folder.display(),
            check = "stormc check",
            generate = "stormc generate",
        ))
    }
}
