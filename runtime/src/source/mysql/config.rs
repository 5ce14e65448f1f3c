//! How a MySQL or MariaDB server is reached and what this reader calls itself there.
//! It must not know: what is captured.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A text that is never shown: not in logs, not by `--print-config`. It serializes as `"***"`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// A MySQL or MariaDB server to capture from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MysqlConfig {
    /// The server's host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user; it needs REPLICATION SLAVE, and REPLICATION CLIENT (MariaDB: BINLOG MONITOR).
    pub user: String,
    /// The user's password; empty for none.
    pub password: Secret,
    /// Whether to encrypt the connection. This build cannot: `true` is refused when the source opens.
    pub ssl: bool,
    /// What this reader is called among the server's replicas: unique among all that replicate from it, 1 or more.
    pub server_id: u32,
    /// The server says that it is alive this often when there is nothing else to say. Three missed make a lost
    /// connection. 1 to 3600.
    pub heartbeat_seconds: u32,
    /// How long connecting and each of the first questions may take. 1 to 3600.
    pub connect_seconds: u32,
    /// Part of every event id. Raise it by the operator's word alone: when the server's history starts anew, or when
    /// something in it cannot be captured. The stream then starts at the server's present end.
    pub incarnation: u32,
    /// The first part of every event id: the name of this deployment of the source.
    pub instance: String,
}

impl Default for MysqlConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 3306,
            user: "storm".into(),
            password: Secret::default(),
            ssl: false,
            server_id: 61_001,
            heartbeat_seconds: 10,
            connect_seconds: 10,
            incarnation: 1,
            instance: "main".into(),
        }
    }
}

impl MysqlConfig {
    /// Reads `mysql://user:password@host:port`; all else is as by default. `None` when it is not of that form.
    pub fn from_url(url: &str) -> Option<Self> {
        let opts = mysql_async::Opts::from_url(url).ok()?;
        Some(Self {
            host: opts.ip_or_hostname().to_owned(),
            port: opts.tcp_port(),
            user: opts.user().unwrap_or("root").to_owned(),
            password: Secret::new(opts.pass().unwrap_or_default()),
            ..Self::default()
        })
    }

    pub(super) fn heartbeat(&self) -> Duration {
        Duration::from_secs(u64::from(self.heartbeat_seconds.clamp(1, 3600)))
    }

    /// How long the server may say nothing.
    pub(super) fn patience(&self) -> Duration {
        self.heartbeat() * 3
    }

    pub(super) fn connect_limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.connect_seconds.clamp(1, 3600)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let config = MysqlConfig { password: Secret::new("hunter2"), ..MysqlConfig::default() };
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!serde_json::to_string(&config).expect("JSON").contains("hunter2"));
        assert_eq!(config.password.reveal(), "hunter2");
    }

    #[test]
    fn from_a_url() {
        let config = MysqlConfig::from_url("mysql://me:pw@db.example:3307").expect("a URL");
        assert_eq!(
            (&*config.host, config.port, &*config.user, config.password.reveal()),
            ("db.example", 3307, "me", "pw")
        );
        assert_eq!(MysqlConfig::from_url("nonsense"), None);
    }
}
