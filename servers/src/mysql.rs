//! MySQL: how an instance is initialised and run.

use std::process::Command;

use crate::error::{Error, Result, run};
use crate::install;
use crate::mysql_family::{as_root, greets, settings};
use crate::server::{Place, Recipe};
use crate::{Kind, Options, Server};

/// MySQL with GTIDs, a row binlog, full row images and full metadata. `root` has no password.
pub struct Mysql;

/// A fresh MySQL knows `root` on the socket only.
const USERS: &str = "SET sql_log_bin = 0;
CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
";

impl Mysql {
    /// Starts an instance and returns when it takes connections.
    ///
    /// Fails when the server cannot be fetched or does not start.
    pub fn start() -> Result<Server> {
        Self::start_with(Options::new())
    }

    /// As [`Mysql::start`], with settings, folder or port of one's own.
    pub fn start_with(options: Options) -> Result<Server> {
        Server::start_new(Kind::Mysql, options)
    }
}

fn server(place: &Place<'_>) -> Result<Command> {
    let installed = install::mysql()?;
    let mut command = installed.server();
    command
        .arg("--no-defaults")
        .args(as_root())
        .arg(format!("--basedir={}", installed.root.join("usr").display()))
        .arg(format!("--plugin-dir={}", installed.root.join("usr/lib/mysql/plugin").display()))
        .arg("--secure-file-priv=NULL")
        .args(settings(place, 21));
    Ok(command)
}

impl Recipe for Mysql {
    fn prepare(&self, place: &Place<'_>) -> Result<()> {
        let (data, tmp) = (place.folder.join("data"), place.folder.join("tmp"));
        std::fs::create_dir_all(&tmp).map_err(Error::file(&tmp))?;
        let users = place.folder.join("users.sql");
        std::fs::write(&users, USERS).map_err(Error::file(&users))?;
        if data.join("mysql.ibd").exists() {
            return Ok(());
        }
        run(server(place)?.arg("--initialize-insecure")).map(drop)
    }

    fn command(&self, place: &Place<'_>) -> Result<Command> {
        let mut command = server(place)?;
        command
            .args(["--mysqlx=OFF", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"])
            .arg(format!("--init-file={}", place.folder.join("users.sql").display()))
            .args(place.arguments);
        Ok(command)
    }

    fn is_ready(&self, port: u16) -> bool {
        greets(port)
    }
}
