//! MariaDB: how an instance is initialised and run.

use std::process::Command;

use crate::error::{Error, Result, run};
use crate::install;
use crate::mysql_family::{as_root, greets, settings};
use crate::server::{Place, Recipe};
use crate::{Kind, Options, Server};

/// MariaDB with a row binlog, full row images and full metadata. `root` has no password.
pub struct Mariadb;

impl Mariadb {
    /// Starts an instance and returns when it takes connections.
    ///
    /// Fails when the server is not installed and cannot be, or does not start.
    pub fn start() -> Result<Server> {
        Self::start_with(Options::new())
    }

    /// As [`Mariadb::start`], with settings, folder or port of one's own.
    pub fn start_with(options: Options) -> Result<Server> {
        Server::start_new(Kind::Mariadb, options)
    }
}

impl Recipe for Mariadb {
    fn prepare(&self, place: &Place<'_>) -> Result<()> {
        let programs = install::mariadb()?;
        let (data, tmp) = (place.folder.join("data"), place.folder.join("tmp"));
        std::fs::create_dir_all(&tmp).map_err(Error::file(&tmp))?;
        if data.join("mysql").exists() {
            return Ok(());
        }
        run(Command::new(&programs.initialise)
            .arg("--no-defaults")
            .args(as_root())
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--tmpdir={}", tmp.display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"])
            // A machine that cannot look its own name up is good enough for 127.0.0.1.
            .arg("--force"))
        .map(drop)
    }

    fn command(&self, place: &Place<'_>) -> Result<Command> {
        let mut command = Command::new(install::mariadb()?.server);
        command.arg("--no-defaults").args(as_root()).args(settings(place, 11));
        Ok(command)
    }

    fn is_ready(&self, port: u16) -> bool {
        greets(port)
    }
}
