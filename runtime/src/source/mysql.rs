//! MySQL and MariaDB as a source: their binary log, read as a replica would, decoded here from the events' bytes.
//! It must not know: Kafka, or what happens to a row.

mod again;
mod bookkeeping;
pub(in crate::source) mod bytes;
mod charset;
mod column;
mod config;
mod connect;
#[cfg(test)]
mod damage;
mod decimal;
mod dump;
pub(in crate::source) mod event;
mod fault;
mod form;
pub(crate) mod fuzzed;
mod gap;
mod gtid;
mod json;
mod payload;
mod prepared;
mod proto;
pub(in crate::source) mod reader;
mod rows;
mod server;
mod shape;
mod statement;
pub(in crate::source) mod table_map;
mod tables;
mod temporal;

use self::connect::connect;
use self::dump::Dump;
use self::reader::Reader;
use super::code::{self, halt};
use super::{Position, Source, SourceError, Step};
use crate::spec::SourceSpec;

pub use self::bookkeeping::BOOKKEEPING_TABLES;
pub use self::config::{MysqlConfig, Secret};

/// A live MySQL or MariaDB server.
///
/// Without a stored position it starts at the server's present end. A stored position of an earlier incarnation than
/// the configuration's is put aside in the same way: that is how an operator says that the history starts anew.
pub struct MysqlSource {
    config: MysqlConfig,
    spec: &'static SourceSpec,
    open: Option<(Dump, Reader)>,
    prepared: usize,
}

impl MysqlSource {
    /// A source that is not open yet.
    pub fn new(config: MysqlConfig, spec: &'static SourceSpec) -> Self {
        Self { config, spec, open: None, prepared: 0 }
    }

    /// How many columns were seen since it was opened that the model does not know; each was logged once.
    pub fn unknown_columns(&self) -> usize {
        self.open.as_ref().map_or(0, |(_, reader)| reader.unknown_columns())
    }

    /// How many XA transactions were prepared where it began, if it was opened without a position: nothing of them is
    /// captured. Each beginning was logged.
    pub fn prepared(&self) -> usize {
        self.prepared
    }

    async fn start(&mut self, from: Option<Position>) -> Result<(Dump, Reader, Position), SourceError> {
        let config = &self.config.clone();
        let mut conn = connect(config).await?;
        let server = server::check(config, &mut conn).await?;
        let (from, fresh) = match from {
            Some(stored) if stored.incarnation > config.incarnation => {
                let message = format!(
                    "the stored position has the incarnation {}, the configuration {}",
                    stored.incarnation, config.incarnation
                );
                let help = format!(
                    "another configuration has run here, and it can only be raised: set `source.{}.incarnation = {}`",
                    self.spec.name, stored.incarnation
                );
                return Err(halt(code::INCARNATION, message, help));
            }
            Some(stored) if stored.incarnation == config.incarnation => {
                server::recognise(config, &mut conn, &server, &stored).await?;
                again::check(config, &mut conn, &server, &stored).await?;
                (stored, false)
            }
            Some(_) | None => {
                let before = prepared::count(config, &mut conn).await?;
                let end = server::end(config, &mut conn, &server).await?;
                self.prepared = prepared::tell(config, [before, prepared::count(config, &mut conn).await?]);
                let last = Some(again::head(config, &server, &end.file).await?);
                (Position { last, ..end }, true)
            }
        };
        let mut dump = Dump::open(config, conn, &server, &from, fresh).await?;
        let mut reader = Reader::new(self.spec, server.flavour, from.clone());
        // The server names the file at once, or says why it will not.
        let first = dump.next(config).await?;
        reader.feed(&first.header, first.body(), first.checksum)?;
        Ok((dump, reader, from))
    }
}

impl Source for MysqlSource {
    async fn open(&mut self, from: Option<Position>) -> Result<Position, SourceError> {
        self.open = None;
        let stored = from.clone();
        let (dump, reader, position) = match self.start(from).await {
            Ok(open) => open,
            Err(error) => return Err(gap::report(&self.config, self.spec.name, stored.as_ref(), error).await),
        };
        self.open = Some((dump, reader));
        Ok(position)
    }

    async fn next(&mut self) -> Result<Option<Step>, SourceError> {
        let Some((dump, reader)) = &mut self.open else {
            return Err(super::code::retry(code::DISCONNECTED, "the source is not open", "open it first"));
        };
        let step = async {
            loop {
                if let Some(step) = reader.step()? {
                    return Ok(Some(step));
                }
                let event =
                    dump.next(&self.config).await.map_err(|error| behind(error, reader.position()))?;
                reader.feed(&event.header, event.body(), event.checksum)?;
            }
        };
        match step.await {
            Ok(step) => Ok(step),
            Err(error) => {
                let stored = self.open.take().map(|(_, reader)| reader.position().clone());
                Err(gap::report(&self.config, self.spec.name, stored.as_ref(), error).await)
            }
        }
    }
}

/// Damage with its place: what arrives broken does not say where it stands.
fn behind(error: SourceError, position: &Position) -> SourceError {
    if ![code::MALFORMED, code::CHECKSUM].contains(&error.code) {
        return error;
    }
    let message = format!("{}: it stands at `{}:{}`", error.message, position.file, position.offset);
    SourceError { message, ..error }
}
