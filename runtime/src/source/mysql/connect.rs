//! A connection to the server, and what its failures mean.
//! It must not know: binary logs.

use std::future::Future;

use mysql_async::{Conn, Error, OptsBuilder, ServerError};

use super::config::MysqlConfig;
use crate::source::SourceError;
use crate::source::code::{self, halt, retry};

/// The largest packet that a server can send.
const MAX_PACKET: usize = 1 << 30;

/// Connects.
///
/// # Errors
/// The server cannot be reached (transient), or refuses the user (final).
pub(super) async fn connect(config: &MysqlConfig) -> Result<Conn, SourceError> {
    if config.ssl {
        let help = "build with TLS, or set `ssl = false` and reach the server through a private network";
        return Err(halt(code::TLS, "`ssl = true`, and this build has no TLS", help));
    }
    if config.server_id == 0 {
        let help = "choose a number that no other replica of this server has";
        return Err(halt(code::CONFIGURATION, "`server_id` is 0, which no replica may have", help));
    }
    let password = Some(config.password.reveal()).filter(|password| !password.is_empty());
    let opts = OptsBuilder::default()
        .ip_or_hostname(&config.host)
        .tcp_port(config.port)
        .user(Some(&config.user))
        .pass(password)
        .prefer_socket(false)
        .tcp_keepalive(Some(config.heartbeat()))
        .max_allowed_packet(Some(MAX_PACKET))
        .wait_timeout(Some(config.patience().as_secs() as usize + 60))
        .init(vec!["SET NAMES utf8mb4"]);
    within(config, Conn::new(opts)).await
}

/// Waits for an answer of the server, but not for ever.
///
/// # Errors
/// What the server or the connection says, see [`explain`]; transient when the time is over.
pub(super) async fn within<T>(
    config: &MysqlConfig,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(config.connect_limit(), answer).await {
        Ok(answer) => answer.map_err(|error| explain(config, &error)),
        Err(_) => {
            let message = format!("no answer from `{}` within {} s", place(config), config.connect_seconds);
            Err(retry(
                code::UNREACHABLE,
                message,
                "check that the server runs and that the network lets it through",
            ))
        }
    }
}

/// What an error of the server or the connection means to an operator.
pub(super) fn explain(config: &MysqlConfig, error: &Error) -> SourceError {
    let place = place(config);
    match error {
        Error::Server(server) => of_server(config, server),
        Error::Io(_) | Error::Driver(_) => {
            let message = format!("the connection to `{place}` failed: {}", plain(error));
            retry(
                code::UNREACHABLE,
                message,
                "check that the server runs and that the network lets it through",
            )
        }
        other => {
            let message = format!("`{place}` cannot be used: {}", plain(other));
            halt(code::CONFIGURATION, message, "check the source's configuration")
        }
    }
}

fn of_server(config: &MysqlConfig, error: &ServerError) -> SourceError {
    let (place, user) = (place(config), &config.user);
    let said = error.message.trim_end_matches('.');
    match error.code {
        // 1236 on MySQL, 4052 on MariaDB.
        _ if said.contains("same server_uuid/server_id") => {
            let message =
                format!("another reader came to `{place}` with the `server_id` {}", config.server_id);
            halt(code::REPLACED, message, "give each reader of the server its own `server_id`")
        }
        1044 | 1045 | 1698 | 1862 | 3118 => {
            let message = format!("`{place}` refuses the user `{user}`: {said}");
            halt(
                code::CREDENTIALS,
                message,
                "check `user` and `password`, and from where the user may connect",
            )
        }
        1227 | 1142 | 1143 => {
            let message = format!("the user `{user}` lacks a privilege on `{place}`: {said}");
            halt(
                code::PRIVILEGE,
                message,
                format!("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `{user}`"),
            )
        }
        1236 | 1789 | 1955 => {
            let message = format!("the stored position is no longer in the binary log of `{place}`: {said}");
            halt(code::POSITION_LOST, message, super::server::KEEP)
        }
        // Shutting down, too many connections, a killed connection, a server that is still starting.
        1040 | 1053 | 1203 | 1927 | 1317 | 1080 | 1152 | 1159 | 1160 | 1161 | 4031 => {
            let message = format!("`{place}` ends the connection: {said}");
            retry(code::DISCONNECTED, message, "check that the server runs")
        }
        number => {
            let message = format!("`{place}` answers with error {number}: {said}");
            halt(code::CONFIGURATION, message, "check the server and the source's configuration")
        }
    }
}

pub(super) fn place(config: &MysqlConfig) -> String {
    format!("{}:{}", config.host, config.port)
}

/// An error's text in the house's form.
fn plain(error: &Error) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}
