//! The last transaction, read again before the stream goes on: a server that was reset, or brought back from a backup,
//! numbers other transactions with the same GTIDs, and only what they hold tells the difference.
//! It must not know: rows, or what follows the position.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::config::MysqlConfig;
use super::connect::{connect, place, within};
use super::dump::Dump;
use super::event::{self, kind};
use super::gtid::GtidSet;
use super::server::Server;
use super::table_map::Flavour;
use crate::source::code::{self, halt};
use crate::source::{Last, Position, SourceError};

/// The place behind what every file of a binary log starts with.
const MAGIC: u64 = 4;

/// A file's number: names end in one, and it only grows until the server is reset.
pub(super) fn number(file: &str) -> u64 {
    file.rsplit('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Checks that what was read last before a stored position is still what it was.
///
/// # Errors
/// It is not (C-115), or the connection fails.
pub(super) async fn check(
    config: &MysqlConfig,
    conn: &mut Conn,
    server: &Server,
    stored: &Position,
) -> Result<(), SourceError> {
    let Some(last) = &stored.last else { return Ok(()) };
    let logs = super::server::logs(config, conn).await?;
    let Some((_, size)) = logs.iter().find(|(file, _)| *file == last.file) else {
        let Some((first, _)) = logs.first() else {
            return Err(other(config, last, "there is no log at all"));
        };
        if number(&last.file) > number(first) || !is_purged(config, conn, server, last, first).await? {
            return Err(other(config, last, &format!("its log begins at `{first}`")));
        }
        unproven(last, "its file was purged");
        return Ok(());
    };
    if *size < last.offset + last.length {
        return Err(other(config, last, &format!("`{}` ends at {size}", last.file)));
    }
    if last.offset > u64::from(u32::MAX) {
        unproven(last, "it stands beyond 4 GiB of its file");
        return Ok(());
    }
    match read(config, server, &last.file, last.offset, Some(last.length)).await {
        Ok(found) if (found.offset, found.checksum) == (last.offset, last.checksum) => Ok(()),
        Ok(_) => Err(other(config, last, "another one stands there")),
        // Not even an event starts there.
        Err(error) if matches!(error.code, code::POSITION_LOST | code::MALFORMED | code::CHECKSUM) => {
            Err(other(config, last, "nothing whole starts there"))
        }
        Err(error) => Err(error),
    }
}

/// The head of the file that a fresh position stands in: it tells the server's history until a transaction does.
///
/// # Errors
/// The connection fails.
pub(super) async fn head(config: &MysqlConfig, server: &Server, file: &str) -> Result<Last, SourceError> {
    read(config, server, file, MAGIC, None).await
}

/// Reads the events from a place on, on a connection of its own, until `length` bytes have passed; without one, the head
/// of a file alone.
async fn read(
    config: &MysqlConfig,
    server: &Server,
    file: &str,
    offset: u64,
    length: Option<u64>,
) -> Result<Last, SourceError> {
    let place = Position {
        incarnation: 0,
        server: String::new(),
        gtid_set: String::new(),
        file: file.to_owned(),
        offset,
        last: None,
    };
    let mut dump = Dump::open(config, connect(config).await?, server, &place, true).await?;
    let (mut start, mut checksum) = (None, 0);
    loop {
        let event = dump.next(config).await?;
        let header = &event.header;
        let is_head = matches!(header.kind, kind::PREVIOUS_GTIDS | kind::MARIA_GTID_LIST);
        if header.is_artificial() || header.kind == kind::HEARTBEAT || (length.is_none() && !is_head) {
            continue;
        }
        let end = u64::from(header.next);
        let start = *start.get_or_insert(end.saturating_sub(u64::from(header.size)));
        checksum = event::over(checksum, event.checksum);
        if length.is_none_or(|length| end >= offset + length) {
            let (gtid, file) = (String::new(), file.to_owned());
            return Ok(Last { gtid, file, offset: start, length: end.saturating_sub(start), checksum });
        }
    }
}

/// True when the server says itself that it had this transaction and has thrown its file away.
async fn is_purged(
    config: &MysqlConfig,
    conn: &mut Conn,
    server: &Server,
    last: &Last,
    first: &str,
) -> Result<bool, SourceError> {
    if last.gtid.is_empty() {
        return Ok(true);
    }
    match server.flavour {
        Flavour::MySql => {
            let purged = "SELECT GTID_SUBSET(?, @@GLOBAL.gtid_purged)";
            let known: Option<u8> = within(config, conn.exec_first(purged, (&last.gtid,))).await?;
            Ok(known == Some(1))
        }
        Flavour::MariaDb => {
            let before = "SELECT BINLOG_GTID_POS(?, ?)";
            let before: Option<Option<String>> =
                within(config, conn.exec_first(before, (first, MAGIC))).await?;
            let sets = (
                GtidSet::parse(&last.gtid, server.flavour),
                GtidSet::parse(&before.flatten().unwrap_or_default(), server.flavour),
            );
            Ok(match sets {
                (Some(GtidSet::MariaDb(last)), Some(GtidSet::MariaDb(before))) => last
                    .iter()
                    .all(|(domain, (_, at))| before.get(domain).is_some_and(|(_, until)| at <= until)),
                _ => false,
            })
        }
    }
}

fn other(config: &MysqlConfig, last: &Last, why: &str) -> SourceError {
    let Last { gtid, file, offset, .. } = last;
    let what = if gtid.is_empty() { "the log".to_owned() } else { format!("the transaction `{gtid}`") };
    let message = format!(
        "`{}` has another history than the one that was captured: {what} at `{file}:{offset}` is not what it was, {why}; \
         the server was reset, or a backup was restored",
        place(config)
    );
    halt(code::OTHER_HISTORY, message, "")
}

fn unproven(last: &Last, why: &str) {
    let (gtid, file, offset) = (&last.gtid, &last.file, last.offset);
    tracing::warn!(target: "storm::capture", gtid, file, offset, why, "the last transaction cannot be read again");
}

#[cfg(test)]
mod tests {
    #[test]
    fn files_are_told_apart_by_their_numbers() {
        assert!(super::number("binlog.1000000") > super::number("binlog.999999"));
        assert_eq!((super::number("my.host-bin.000012"), super::number("odd")), (12, 0));
    }
}
