//! What the server is and how it is set: checked before a stream is opened, each failing with the statement that mends it.
//! It must not know: events or rows.

use std::collections::HashMap;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::config::MysqlConfig;
use super::connect::{place, within};
use super::table_map::Flavour;
use crate::source::code::{self, halt};
use crate::source::{Position, SourceError};

/// A checked server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub flavour: Flavour,
    /// What [`Position::server`] holds.
    pub identity: String,
    /// True when every transaction has a GTID.
    pub has_gtids: bool,
}

/// What keeps a position from being lost.
pub(super) const KEEP: &str = "keep logs longer with `binlog_expire_logs_seconds`";

/// The variables that matter; a server does not have all of them.
const VARIABLES: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'server_id', 'server_uuid', 'log_bin', \
    'binlog_format', 'binlog_row_image', 'binlog_row_metadata', 'binlog_row_value_options', 'log_bin_compress', \
    'gtid_mode')";

/// Asks the server for its settings and checks them.
///
/// # Errors
/// The first setting that does not allow capture, or what the connection says.
pub(super) async fn check(config: &MysqlConfig, conn: &mut Conn) -> Result<Server, SourceError> {
    let rows: Vec<(String, String)> = within(config, conn.query(VARIABLES)).await?;
    judge(&rows.into_iter().collect(), &place(config))
}

fn judge(variables: &HashMap<String, String>, place: &str) -> Result<Server, SourceError> {
    let of = |name: &str| variables.get(name).map_or("", String::as_str);
    let must = |code, name: &str, wanted: &str, help: &str| {
        let is = of(name);
        if is.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        let is = if is.is_empty() { "unknown to it" } else { is };
        let message = format!("`{name}` of `{place}` is `{is}`, not `{wanted}`");
        Err(halt(code, message, help))
    };
    must(code::NO_LOG, "log_bin", "ON", "start the server with `--log-bin`; it cannot be set while it runs")?;
    if variables.contains_key("binlog_format") {
        let help = "SET GLOBAL binlog_format = 'ROW'; sessions that are open keep the old one";
        must(code::FORMAT, "binlog_format", "ROW", help)?;
    }
    let help = "SET GLOBAL binlog_row_image = 'FULL'; sessions that are open keep the old one";
    must(code::IMAGE, "binlog_row_image", "FULL", help)?;
    must(code::METADATA, "binlog_row_metadata", "FULL", "SET GLOBAL binlog_row_metadata = 'FULL'")?;
    if !of("binlog_row_value_options").is_empty() {
        let help = "SET GLOBAL binlog_row_value_options = ''; sessions that are open keep the old one";
        must(code::COMPRESSION, "binlog_row_value_options", "", help)?;
    }
    if variables.contains_key("log_bin_compress") {
        must(code::COMPRESSION, "log_bin_compress", "OFF", "SET GLOBAL log_bin_compress = OFF")?;
    }
    let flavour = Flavour::of(of("version"));
    Ok(match flavour {
        Flavour::MariaDb => {
            Server { flavour, identity: format!("mariadb:{}", of("server_id")), has_gtids: true }
        }
        Flavour::MySql => {
            Server { flavour, identity: of("server_uuid").to_owned(), has_gtids: of("gtid_mode") == "ON" }
        }
    })
}

/// The server's present end.
///
/// # Errors
/// The user may not ask, or the connection fails.
pub(super) async fn end(
    config: &MysqlConfig,
    conn: &mut Conn,
    server: &Server,
) -> Result<Position, SourceError> {
    let now = |row: &mysql_async::Row| {
        let text = |index| row.get_opt::<String, _>(index).and_then(Result::ok).unwrap_or_default();
        (text(0), row.get_opt::<u64, _>(1).and_then(Result::ok).unwrap_or_default(), text(4))
    };
    // MySQL has the first since 8.2 and the second until 8.3; MariaDB has the second, and the first since 12.
    let new: Result<Option<mysql_async::Row>, _> = conn.query_first("SHOW BINARY LOG STATUS").await;
    let row = match new {
        Ok(row) => row,
        Err(mysql_async::Error::Server(error)) if error.code == 1064 => {
            within(config, conn.query_first("SHOW MASTER STATUS")).await?
        }
        Err(error) => return Err(super::connect::explain(config, &error)),
    };
    let Some((file, offset, executed)) = row.as_ref().map(now) else {
        let message = format!("`{}` has no binary log", place(config));
        return Err(halt(code::NO_LOG, message, "start the server with `--log-bin`"));
    };
    let gtid_set = match server.flavour {
        Flavour::MySql => executed.replace(['\n', ' '], ""),
        Flavour::MariaDb => {
            let set: Option<Option<String>> =
                within(config, conn.exec_first("SELECT BINLOG_GTID_POS(?, ?)", (&file, offset))).await?;
            set.flatten().unwrap_or_default()
        }
    };
    Ok(Position {
        incarnation: config.incarnation,
        server: server.identity.clone(),
        gtid_set,
        file,
        offset,
        last: None,
    })
}

/// Checks that a stored position is one of this server's own past.
///
/// # Errors
/// It is another server's, or the server no longer knows it.
pub(super) async fn recognise(
    config: &MysqlConfig,
    conn: &mut Conn,
    server: &Server,
    stored: &Position,
) -> Result<(), SourceError> {
    let place = place(config);
    if stored.server != server.identity {
        let message = format!(
            "the stored position is of the server `{}`, and `{place}` is `{}`",
            stored.server, server.identity
        );
        return Err(halt(code::OTHER_SERVER, message, "name the former server, if it was the right one"));
    }
    let lost = |why: String| {
        let message = format!("the stored position is not in the binary log of `{place}`: {why}");
        Err(halt(code::POSITION_LOST, message, KEEP))
    };
    if server.has_gtids && !stored.gtid_set.is_empty() {
        if server.flavour == Flavour::MySql {
            let known: Option<u8> = within(
                config,
                conn.exec_first("SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)", (&stored.gtid_set,)),
            )
            .await?;
            if known != Some(1) {
                return lost("the server does not know all of its GTIDs".into());
            }
        }
        return Ok(());
    }
    let logs = logs(config, conn).await?;
    let size = logs.iter().find(|(file, _)| *file == stored.file).map(|(_, size)| *size);
    match size {
        None => lost(format!("the file `{}` is gone", stored.file)),
        Some(size) if size < stored.offset => {
            lost(format!("`{}` ends at {size}, before {}", stored.file, stored.offset))
        }
        Some(_) if stored.offset > u64::from(u32::MAX) => lost(format!(
            "`{}:{}` is beyond 4 GiB and without GTIDs it cannot be asked for",
            stored.file, stored.offset
        )),
        Some(_) => Ok(()),
    }
}

/// The files of the binary log with their sizes, the oldest first.
///
/// # Errors
/// The user may not ask, or the connection fails.
pub(super) async fn logs(config: &MysqlConfig, conn: &mut Conn) -> Result<Vec<(String, u64)>, SourceError> {
    let rows: Vec<mysql_async::Row> = within(config, conn.query("SHOW BINARY LOGS")).await?;
    let log =
        |row: &mysql_async::Row| Some((row.get_opt::<String, _>(0)?.ok()?, row.get_opt::<u64, _>(1)?.ok()?));
    Ok(rows.iter().filter_map(log).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(changed: &[(&str, &str)]) -> HashMap<String, String> {
        let good = [
            ("version", "10.11.19-MariaDB"),
            ("server_id", "11"),
            ("log_bin", "ON"),
            ("binlog_format", "ROW"),
            ("binlog_row_image", "FULL"),
            ("binlog_row_metadata", "FULL"),
        ];
        good.iter().chain(changed).map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn each_setting_has_its_code_and_its_remedy() {
        assert!(judge(&variables(&[]), "db").is_ok());
        for (name, value, code) in [
            ("log_bin", "OFF", "C-105"),
            ("binlog_format", "MIXED", "C-106"),
            ("binlog_row_image", "MINIMAL", "C-107"),
            ("binlog_row_metadata", "NO_LOG", "C-108"),
            ("binlog_row_value_options", "PARTIAL_JSON", "C-109"),
            ("log_bin_compress", "ON", "C-109"),
        ] {
            let error = judge(&variables(&[(name, value)]), "db").expect_err(name);
            assert_eq!(error.code, code);
            assert!(error.help.contains(name) || name == "log_bin", "{}", error.help);
            assert!(!error.is_transient());
        }
    }

    #[test]
    fn identities() {
        assert_eq!(
            judge(&variables(&[]), "db").map(|server| server.identity).ok().as_deref(),
            Some("mariadb:11")
        );
        let mysql = variables(&[("version", "9.7.4"), ("server_uuid", "bbb91718"), ("gtid_mode", "OFF")]);
        let server = judge(&mysql, "db").expect("good");
        assert_eq!((&*server.identity, server.has_gtids), ("bbb91718", false));
    }
}
