//! MariaDB comes from the distribution.

use std::path::PathBuf;

use super::{apt, path::program};
use crate::error::{Error, Result};

/// The two programs an instance needs.
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    pub(crate) initialise: PathBuf,
}

/// Finds MariaDB, installing it if it is absent.
pub(crate) fn mariadb() -> Result<Programs> {
    match find() {
        Some(programs) => Ok(programs),
        None => {
            apt::install(&["mariadb-server"])?;
            find().ok_or_else(|| Error::new("`mariadb-server` is installed, but `mariadbd` is not found"))
        }
    }
}

fn find() -> Option<Programs> {
    Some(Programs { server: program("mariadbd")?, initialise: program("mariadb-install-db")? })
}
