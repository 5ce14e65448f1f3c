//! XA transactions that are prepared when capture begins: their rows stand in the log before the place where it begins, so
//! nothing of them is read, even if they are committed later.
//! It must not know: what they changed. The server does not say it.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};

use super::config::MysqlConfig;
use super::connect::{place, within};
use crate::source::SourceError;
use crate::source::code;

/// The server allows `XA RECOVER` only to whom it was granted.
const NOT_GRANTED: [u16; 2] = [1227, 1401];

/// How many XA transactions are prepared; nothing when this user may not know.
///
/// # Errors
/// The connection fails.
pub(super) async fn count(config: &MysqlConfig, conn: &mut Conn) -> Result<Option<usize>, SourceError> {
    let asked = async {
        match conn.query::<Row, _>("XA RECOVER").await {
            Ok(rows) => Ok(Some(rows.len())),
            Err(Error::Server(error)) if NOT_GRANTED.contains(&error.code) => Ok(None),
            Err(error) => Err(error),
        }
    };
    within(config, asked).await
}

/// Says what was found before and after the beginning was taken. How many there were at most.
pub(super) fn tell(config: &MysqlConfig, found: [Option<usize>; 2]) -> usize {
    let (server, code) = (place(config), code::PREPARED);
    let [Some(before), Some(after)] = found else {
        tracing::warn!(
            target: "storm::capture",
            code,
            server,
            help = "GRANT XA_RECOVER_ADMIN ON *.* to this user, if XA transactions change captured tables",
            "whether XA transactions are prepared is not known: the rows of one that is are not captured"
        );
        return 0;
    };
    let prepared = before.max(after);
    if prepared > 0 {
        tracing::warn!(
            target: "storm::capture",
            code,
            server,
            prepared,
            help = "XA RECOVER lists them; when one is committed, change the rows that it wrote in captured tables once more",
            "XA transactions were prepared before capture begins: their rows are not captured, even if they are committed"
        );
    }
    prepared
}
