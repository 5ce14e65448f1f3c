//! The table of servers that can be had.

use std::fmt;

use crate::error::Result;
use crate::options::Options;
use crate::server::{Recipe, Server};
use crate::{Kafka, Mariadb, Mysql};

/// A kind of server. [`Kind::ALL`] is the table everything else goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// MariaDB, from the distribution's package.
    Mariadb,
    /// MySQL, unpacked privately: distributions that ship MariaDB have no package for it.
    Mysql,
    /// Apache Kafka in KRaft mode, one node.
    Kafka,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::Mariadb, Self::Mysql, Self::Kafka];

    /// Its name on the command line and in folder names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
            Self::Kafka => "kafka",
        }
    }

    /// The environment variable that tells tests where it runs.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Mariadb => "STORM_MARIADB_URL",
            Self::Mysql => "STORM_MYSQL_URL",
            Self::Kafka => "STORM_KAFKA",
        }
    }

    /// Fetches what running it needs, if it is absent.
    ///
    /// Fails with the reason, and what to install by hand, when it cannot be had here.
    pub fn install(self) -> Result<()> {
        match self {
            Self::Mariadb => crate::install::mariadb().map(drop),
            Self::Mysql => crate::install::mysql().map(drop),
            Self::Kafka => crate::install::kafka().map(drop),
        }
    }

    /// Starts one, as [`Mariadb::start_with`] and its siblings do.
    pub fn start_with(self, options: Options) -> Result<Server> {
        Server::start_new(self, options)
    }

    pub(crate) fn recipe(self) -> &'static dyn Recipe {
        match self {
            Self::Mariadb => &Mariadb,
            Self::Mysql => &Mysql,
            Self::Kafka => &Kafka,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mariadb => "MariaDB",
            Self::Mysql => "MySQL",
            Self::Kafka => "Kafka",
        })
    }
}
