//! The stream of events from a live server: asked for, framed by the client crate, verified here.
//! It must not know: what the events say.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use futures_core::Stream;
use mysql_async::binlog::BinlogChecksumAlg;
use mysql_async::binlog::events::Event;
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, Sid};
use tokio::time::{Instant, timeout_at};

use super::bytes::Malformed;
use super::config::MysqlConfig;
use super::connect::{explain, place, within};
use super::event::{self, CHECKSUM, Header, kind};
use super::gtid::GtidSet;
use super::server::Server;
use super::table_map::Flavour;
use crate::source::code::{self, halt, retry};
use crate::source::{Position, SourceError};

/// An open stream.
pub(super) struct Dump {
    stream: BinlogStream,
    /// When the server last said anything.
    heard: Instant,
    /// True once a format description came: from then on the crate cuts checksums off.
    described: bool,
}

/// An event with its checksum verified and cut off.
pub(super) struct Verified {
    pub header: Header,
    event: Event,
    length: usize,
    /// Its checksum, as it came or reckoned here.
    pub checksum: u32,
}

impl Verified {
    /// The event's body.
    pub fn body(&self) -> &[u8] {
        &self.event.data()[..self.length]
    }
}

impl Dump {
    /// Asks for the events from a position on: by GTID where the server has them, which finds the place again whatever
    /// became of its file; but its present end, which it told just now (`fresh`), by file and offset, which is no search.
    ///
    /// # Errors
    /// The server refuses, or the connection fails.
    pub async fn open(
        config: &MysqlConfig,
        mut conn: Conn,
        server: &Server,
        from: &Position,
        fresh: bool,
    ) -> Result<Self, SourceError> {
        let nanos = config.heartbeat().as_nanos();
        let by_gtid =
            server.has_gtids && !from.gtid_set.is_empty() && !(fresh && from.offset <= u64::from(u32::MAX));
        let mut settings = vec![
            format!("SET @master_heartbeat_period = {nanos}, @source_heartbeat_period = {nanos}"),
            "SET SESSION net_write_timeout = 86400".to_owned(),
        ];
        if server.flavour == Flavour::MariaDb {
            settings.push("SET @mariadb_slave_capability = 4".to_owned());
            if by_gtid {
                settings
                    .push(format!("SET @slave_connect_state = '{}'", known(&from.gtid_set, server.flavour)?));
                settings
                    .push("SET @slave_gtid_strict_mode = 0, @slave_gtid_ignore_duplicates = 0".to_owned());
            }
        }
        for setting in settings {
            within(config, conn.query_drop(setting)).await?;
        }
        let request = BinlogStreamRequest::new(config.server_id);
        let request = match server.flavour {
            Flavour::MySql if by_gtid => request.with_gtid().with_gtid_set(sids(&from.gtid_set)?),
            Flavour::MariaDb if by_gtid => request,
            _ => request.with_filename(from.file.as_bytes()).with_pos(from.offset),
        };
        let stream = within(config, conn.get_binlog_stream(request)).await?;
        Ok(Self { stream, heard: Instant::now(), described: false })
    }

    /// The next event. Safe to drop and call again.
    ///
    /// # Errors
    /// The connection is gone or silent (transient), the position is lost or an event is damaged (final).
    pub async fn next(&mut self, config: &MysqlConfig) -> Result<Verified, SourceError> {
        loop {
            let waiting = timeout_at(
                self.heard + config.patience(),
                poll_fn(|context| {
                    // The crate panics on an event that is shorter than it says; that must not take the service down.
                    let stream = Pin::new(&mut self.stream);
                    match catch_unwind(AssertUnwindSafe(|| stream.poll_next(context))) {
                        Ok(Poll::Pending) => Poll::Pending,
                        Ok(Poll::Ready(event)) => Poll::Ready(Some(event)),
                        Err(_) => Poll::Ready(None),
                    }
                }),
            );
            let event = match waiting.await {
                Err(_) => return Err(silent(config)),
                Ok(None) => return Err(damaged(config, Malformed("event"))),
                Ok(Some(None)) => return Err(gone(config, "the server ended the stream")),
                Ok(Some(Some(Err(error)))) => return Err(lost(config, &error)),
                Ok(Some(Some(Ok(event)))) => event,
            };
            self.heard = Instant::now();
            // The events of a packed transaction come again after it; they are read from the packed one.
            if !event.footer().get_checksum_enabled() {
                continue;
            }
            return self.verify(event).map_err(|why| damaged(config, why));
        }
    }

    fn verify(&mut self, event: Event) -> Result<Verified, Malformed> {
        let raw = event.header();
        let header = Header {
            timestamp: raw.timestamp(),
            kind: raw.event_type_raw(),
            server_id: raw.server_id(),
            size: raw.event_size(),
            next: raw.log_pos(),
            flags: raw.flags_raw(),
        };
        let mut length = event.data().len();
        if !self.described && header.kind == kind::ROTATE {
            length -= stuck(&header, event.data());
        }
        self.described |= header.kind == kind::FORMAT_DESCRIPTION;
        let checksum = match event.footer().get_checksum_alg() {
            Ok(Some(BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32)) => {
                let wanted = event.calc_checksum(BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32);
                if event.checksum() != Some(wanted.to_le_bytes()) {
                    return Err(Malformed("checksum"));
                }
                wanted
            }
            Ok(_) => event::checksum(&header, &[&event.data()[..length]]),
            Err(_) => return Err(Malformed("checksum algorithm")),
        };
        Ok(Verified { header, event, length, checksum })
    }
}

/// How many bytes of a checksum stick to the name in a first ROTATE, which comes before anyone said that there are
/// checksums.
fn stuck(header: &Header, data: &[u8]) -> usize {
    match data.split_last_chunk::<CHECKSUM>() {
        Some((body, sum)) if event::checksum(header, &[body]).to_le_bytes() == *sum => CHECKSUM,
        _ => 0,
    }
}

/// A stored set in the one form that may stand in a statement: parsed and printed again.
fn known(set: &str, flavour: Flavour) -> Result<GtidSet, SourceError> {
    GtidSet::parse(set, flavour).ok_or_else(|| {
        halt(code::POSITION_LOST, format!("the stored GTIDs `{set}` are not of this kind of server"), "")
    })
}

fn sids(set: &str) -> Result<Vec<Sid<'static>>, SourceError> {
    let sources = known(set, Flavour::MySql)?.sources();
    sources
        .iter()
        .map(|source| {
            source.parse().map_err(|_| {
                halt(code::POSITION_LOST, format!("the stored GTIDs `{source}` are not MySQL's"), "")
            })
        })
        .collect()
}

fn lost(config: &MysqlConfig, error: &mysql_async::Error) -> SourceError {
    match explain(config, error) {
        error if error.code == code::UNREACHABLE => SourceError { code: code::DISCONNECTED, ..error },
        error => error,
    }
}

fn gone(config: &MysqlConfig, why: &str) -> SourceError {
    retry(
        code::DISCONNECTED,
        format!("the stream from `{}` is at an end: {why}", place(config)),
        "check that the server runs",
    )
}

fn silent(config: &MysqlConfig) -> SourceError {
    let message = format!(
        "`{}` sent nothing for {} s, not even heartbeats",
        place(config),
        config.patience().as_secs()
    );
    retry(code::SILENT, message, "check the network between here and the server")
}

fn damaged(config: &MysqlConfig, Malformed(what): Malformed) -> SourceError {
    let code = if what == "checksum" { code::CHECKSUM } else { code::MALFORMED };
    let message = format!("the {what} of an event from `{}` is damaged", place(config));
    retry(
        code,
        message,
        "if it comes again, check the server's binary log with `mariadb-binlog` or `mysqlbinlog`",
    )
}
