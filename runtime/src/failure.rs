//! How a handler's attempt ended badly, and what the dispatcher does about it.
//! It must not know: how often to try; that is [`crate::Retry`]'s.

use mysql_async::Error as Sql;

/// A handler's attempt that did not work. A rejection is not one of these: it is an event, recorded like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) kind: Kind,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What the dispatcher does with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Try again after a pause, as often as the policy says.
    TryAgain,
    /// Trying again cannot help: dead letter.
    ForGood,
    /// The database or the external system is down: wait, burn no attempt.
    Unavailable,
}

impl Failure {
    /// Try again after a pause, as often as the policy says. The message reaches logs: no row values in it.
    pub fn try_again(message: impl Into<String>) -> Self {
        Self { kind: Kind::TryAgain, code: "H-101", message: message.into() }
    }

    /// Trying again cannot help: the message goes to the dead letters at once. No row values in the words.
    pub fn for_good(message: impl Into<String>) -> Self {
        Self { kind: Kind::ForGood, code: "H-102", message: message.into() }
    }

    /// The database or the external system is down: the partition waits and no attempt is burned. No row values in the
    /// words.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: Kind::Unavailable, code: "H-103", message: message.into() }
    }

    /// Unavailable, for a reason that has a code of its own.
    pub(crate) fn unavailable_as(code: &'static str, message: impl Into<String>) -> Self {
        Self { kind: Kind::Unavailable, code, message: message.into() }
    }

    /// The same failure, handled otherwise.
    pub(crate) fn taken_as(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn unknown_command(name: &str) -> Self {
        Self {
            kind: Kind::ForGood,
            code: "H-105",
            message: format!("this service has no handler for `{name}`"),
        }
    }

    pub(crate) fn another_body() -> Self {
        let message =
            "another command was done under this id: its `Idempotency-Key` came again with another body";
        Self { kind: Kind::ForGood, code: "H-111", message: message.into() }
    }

    pub(crate) fn panicked() -> Self {
        Self { kind: Kind::TryAgain, code: "H-104", message: "the handler panicked".into() }
    }
}

impl Failure {
    pub(crate) fn overdue(limit: std::time::Duration) -> Self {
        let message =
            format!("the handler did not return within {} ms (`command.*.timeout`)", limit.as_millis());
        Self { kind: Kind::TryAgain, code: "H-108", message }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}

impl From<crate::Refusal> for Failure {
    /// What does not convert now will not convert later.
    fn from(refusal: crate::Refusal) -> Self {
        Self { kind: Kind::ForGood, code: refusal.code, message: refusal.reason() }
    }
}

impl From<std::io::Error> for Failure {
    /// A connection that is not there, or goes, is an outage. The system's own text is dropped: it may quote values.
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind as E;
        let message = format!("an external system cannot be spoken to: {}", error.kind());
        match error.kind() {
            E::ConnectionRefused
            | E::ConnectionReset
            | E::ConnectionAborted
            | E::NotConnected
            | E::HostUnreachable
            | E::NetworkUnreachable
            | E::NetworkDown
            | E::BrokenPipe
            | E::TimedOut
            | E::UnexpectedEof => Self::unavailable(message),
            _ => Self::try_again(message),
        }
    }
}

impl From<Sql> for Failure {
    /// Classified by the server's error number. The server's own text is dropped: it quotes values.
    fn from(error: Sql) -> Self {
        let (kind, message) = match &error {
            Sql::Server(server) => (
                kind_of(server.code),
                format!("the database answered with error {} ({})", server.code, server.state),
            ),
            Sql::Io(_) => (Kind::Unavailable, "the connection to the database is gone".into()),
            Sql::Driver(
                mysql_async::DriverError::FromRow { .. } | mysql_async::DriverError::FromValue { .. },
            ) => (Kind::ForGood, "a row does not have the type that the handler asks for".into()),
            Sql::Driver(
                mysql_async::DriverError::StmtParamsMismatch { .. }
                | mysql_async::DriverError::Params(_)
                | mysql_async::DriverError::MixedParams,
            ) => (Kind::ForGood, "a statement and its parameters do not fit".into()),
            Sql::Driver(_) => (Kind::Unavailable, "the database cannot be used at the moment".into()),
            _ => (Kind::TryAgain, "the statement failed in the database's driver".into()),
        };
        Self { kind, code: "H-201", message }
    }
}

/// What to do about a server's error number (MySQL's and MariaDB's agree on these).
fn kind_of(number: u16) -> Kind {
    match number {
        // Too many connections, shutdown, access, no such database, read only: nothing about this message.
        // Killed, network errors, Galera not ready, out of disk or handles: neither.
        1021
        | 1040
        | 1041
        | 1044
        | 1045
        | 1047
        | 1049
        | 1053
        | 1077
        | 1078
        | 1079
        | 1080
        | 1129
        | 1130
        | 1158..=1161
        | 1184
        | 1203
        | 1226
        | 1290
        | 1317
        | 1792
        | 1836
        | 1927
        | 3024
        | 3100 => Kind::Unavailable,
        // Duplicate, null, range, length, charset, foreign keys, check: this message will never fit.
        1048 | 1062 | 1264 | 1292 | 1364 | 1366 | 1406 | 1451 | 1452 | 3819 | 4025 => Kind::ForGood,
        _ => Kind::TryAgain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Kind};

    fn server(code: u16) -> Failure {
        let error = mysql_async::ServerError {
            code,
            message: "Duplicate entry 'ada@x'".into(),
            state: "23000".into(),
        };
        Failure::from(mysql_async::Error::Server(error))
    }

    #[test]
    fn a_server_error_is_classified_and_its_text_is_dropped() {
        assert_eq!(server(1062).kind, Kind::ForGood);
        assert_eq!(server(1213).kind, Kind::TryAgain);
        assert_eq!(server(1040).kind, Kind::Unavailable);
        assert!(!server(1062).to_string().contains("ada"));
    }
}
