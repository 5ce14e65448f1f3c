//! What each event does to the reader: files turn, transactions begin and end, tables are described, rows are taken in.
//! It must not know: how rows are read.

use super::super::again;
use super::super::bytes::Bytes;
use super::super::event::{Format, Header, IGNORABLE, kind};
use super::super::fault::Faults;
use super::super::gtid::{self, Gtid, Stamp};
use super::super::payload;
use super::super::statement::{self, Meaning};
use super::super::table_map::Flavour;
use super::{PREPARED_XA, QUIET_TRANSACTIONS, Reader, STANDALONE, Seen, Transaction};
use crate::source::{Last, Position, SourceError, Step};

impl Reader {
    /// Takes an event in that starts at `start`.
    ///
    /// # Errors
    /// It is damaged, or must not be skipped and is not understood.
    pub(super) fn take(&mut self, header: &Header, body: &[u8], start: u64) -> Result<(), SourceError> {
        let faults = Faults { source: self.source, position: &self.position, offset: start };
        match header.kind {
            kind::ROTATE => self.rotate(header, body)?,
            kind::FORMAT_DESCRIPTION => {
                self.flavour = Flavour::of(&Format::server(body).map_err(|why| faults.malformed(why))?);
                if !header.is_artificial() {
                    self.must_be_between(start)?;
                }
            }
            kind::GTID => {
                self.begin(gtid::mysql(body, false).map_err(|why| faults.malformed(why))?, header, start)?
            }
            kind::ANONYMOUS_GTID => {
                self.begin(gtid::mysql(body, true).map_err(|why| faults.malformed(why))?, header, start)?;
            }
            kind::TAGGED_GTID => {
                self.begin(gtid::tagged(body).map_err(|why| faults.malformed(why))?, header, start)?;
            }
            kind::MARIA_GTID => {
                let (gtid, flags) =
                    gtid::mariadb(body, header.server_id).map_err(|why| faults.malformed(why))?;
                self.begin(Stamp { gtid: Some(gtid), at: None }, header, start)?;
                self.open(header, start, flags & STANDALONE == 0);
                if flags & PREPARED_XA != 0 {
                    self.hold();
                }
            }
            kind::QUERY => self.statement(header, body, 0, start)?,
            kind::EXECUTE_LOAD_QUERY => self.statement(header, body, 13, start)?,
            kind::XID => self.commit(),
            kind::XA_PREPARE => match body.first() {
                Some(0) if self.has_begun() => return Err(faults.xa()),
                // In one phase: it is committed.
                _ => self.commit(),
            },
            kind::TABLE_MAP => {
                self.tables.map(body, self.flavour).map_err(|fault| faults.table(fault))?;
            }
            kind::WRITE_ROWS_V1..=kind::DELETE_ROWS_V1 | kind::WRITE_ROWS..=kind::DELETE_ROWS => {
                self.rows.take(header.kind, body, &self.tables, start).map_err(|why| faults.rows(why))?;
            }
            kind::PARTIAL_UPDATE_ROWS
            | kind::MARIA_WRITE_ROWS_COMPRESSED_V1..=kind::MARIA_DELETE_ROWS_COMPRESSED => {
                let id = Bytes(body).little(6, "table id").map_err(|why| faults.malformed(why))?;
                match self.tables.get(id) {
                    Some(None) => {}
                    Some(Some(table)) => {
                        return Err(faults.undecoded(header.kind, Some(self.tables.name(table.role))));
                    }
                    None => return Err(faults.undecoded(header.kind, None)),
                }
            }
            kind::MARIA_QUERY_COMPRESSED => return Err(faults.undecoded(header.kind, None)),
            kind::TRANSACTION_PAYLOAD if self.unpacked.0.is_empty() => {
                self.unpacked = (payload::unpack(body).map_err(|why| faults.malformed(why))?, 0);
            }
            kind::HEARTBEAT | kind::HEARTBEAT_V2 => {
                if self.transaction.is_none() {
                    // A server asked by GTID passes over what is known without a word, and says here how far it is.
                    if header.kind == kind::HEARTBEAT && body == self.position.file.as_bytes() {
                        self.move_on(self.position.offset, header);
                    }
                    self.quiet = 0;
                    let position = self.told();
                    self.steps.push_back(Step::Idle(position));
                }
            }
            kind::INCIDENT => return Err(faults.incident()),
            kind::PREVIOUS_GTIDS | kind::MARIA_GTID_LIST => {
                if !header.is_artificial() && self.transaction.is_none() {
                    self.saw_head();
                }
            }
            kind::STOP
            | kind::INTVAR
            | kind::APPEND_BLOCK
            | kind::DELETE_FILE
            | kind::RAND
            | kind::USER_VAR
            | kind::BEGIN_LOAD_QUERY
            | kind::IGNORABLE
            | kind::ROWS_QUERY
            | kind::TRANSACTION_CONTEXT
            | kind::VIEW_CHANGE
            | kind::MARIA_ANNOTATE_ROWS
            | kind::MARIA_CHECKPOINT
            | kind::MARIA_START_ENCRYPTION => {}
            _ if header.flags & IGNORABLE != 0 => {}
            unknown => return Err(faults.unknown(unknown)),
        }
        Ok(())
    }

    /// A new file: at its end the server names the next, and when it has moved on without a word it makes one up.
    fn rotate(&mut self, header: &Header, body: &[u8]) -> Result<(), SourceError> {
        let faults = Faults { source: self.source, position: &self.position, offset: self.position.offset };
        let mut bytes = Bytes(body);
        let offset = bytes.u64("rotate event").map_err(|why| faults.malformed(why))?;
        let file = String::from_utf8_lossy(bytes.rest()).into_owned();
        if !header.is_artificial() {
            self.must_be_between(self.position.offset)?;
        }
        self.turn(file, offset);
        Ok(())
    }

    fn begin(&mut self, stamp: Stamp, header: &Header, start: u64) -> Result<(), SourceError> {
        self.must_be_between(start)?;
        self.transactions += 1;
        let name = match &stamp.gtid {
            Some(gtid) => gtid.to_string(),
            None => format!("{}:{start}", self.position.file),
        };
        let at = stamp.at.unwrap_or(i64::from(header.timestamp) * 1_000_000);
        let gtid = stamp.gtid;
        let transaction =
            Transaction { name, at, gtid, open: false, begun: false, caused: false, recorded: 0, held: None };
        self.held.clear();
        self.transaction = Some(transaction);
        Ok(())
    }

    /// Marks the transaction as one that an event of its own ends; without a GTID event before, it starts here.
    fn open(&mut self, header: &Header, start: u64, open: bool) {
        if self.transaction.is_none() {
            let begun = self.begin(Stamp { gtid: None, at: None }, header, start);
            debug_assert!(begun.is_ok(), "there is no other transaction");
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.open |= open;
        }
    }

    /// Holds the steps of the transaction back until its end says whether it is committed.
    fn hold(&mut self) {
        if let Some(transaction) = &mut self.transaction {
            transaction.held = transaction.held.or(Some(0));
        }
    }

    fn statement(
        &mut self,
        header: &Header,
        body: &[u8],
        extra: usize,
        start: u64,
    ) -> Result<(), SourceError> {
        let faults = Faults { source: self.source, position: &self.position, offset: start };
        let statement = statement::parse(body, extra).map_err(|why| faults.malformed(why))?;
        let is_open = self.transaction.as_ref().is_some_and(|transaction| transaction.open);
        match statement.meaning() {
            Meaning::Begin => self.open(header, start, true),
            Meaning::BeginXa => {
                self.open(header, start, true);
                self.hold();
            }
            Meaning::Commit => self.commit(),
            Meaning::Rollback | Meaning::RollbackTo if self.has_begun() => return Err(faults.rolled_back()),
            Meaning::Rollback => self.commit(),
            Meaning::RollbackTo | Meaning::Nothing => {}
            Meaning::Change => {
                let table = statement.mentions(|word| self.tables.is_captured_table(word));
                let database = statement.mentions(|word| self.tables.is_captured(word));
                if database && (table || !statement.is_generated()) {
                    return Err(faults.statement());
                }
                if !is_open {
                    self.commit();
                }
            }
            Meaning::Definition => {
                if statement.mentions(|word| self.tables.is_captured_table(word))
                    && statement.mentions(|word| self.tables.is_captured(word))
                {
                    tracing::info!(file = %self.position.file, offset = start, "a captured table was redefined");
                }
                if !is_open {
                    self.commit();
                }
            }
        }
        Ok(())
    }

    fn commit(&mut self) {
        // However it ends: committed is what was held back until now.
        self.steps.extend(self.held.drain(..));
        let transaction = self.transaction.take();
        let begun = transaction.as_ref().is_some_and(|transaction| transaction.begun);
        let gtid = transaction.and_then(|transaction| transaction.gtid);
        if let Some(gtid) = &gtid {
            self.gtids.add(gtid);
        }
        self.saw(gtid);
        self.quiet += 1;
        if begun || self.quiet >= QUIET_TRANSACTIONS {
            self.quiet = 0;
            // The set's text is made when it is told, not for each transaction of no interest.
            let position = self.told();
            self.steps.push_back(if begun { Step::Commit(position) } else { Step::Idle(position) });
        }
    }

    /// Notes what was read last.
    fn saw(&mut self, gtid: Option<Gtid>) {
        let (offset, checksum) = self.reading;
        let length = self.position.offset.saturating_sub(offset);
        self.last = Some(Seen { gtid, file: self.position.file.clone(), offset, length, checksum });
    }

    /// A new file's head tells its history too; a server asked by GTID shows it again before what was read already.
    fn saw_head(&mut self) {
        let place = |file: &str, offset: u64| (again::number(file), offset);
        let seen = self.last.as_ref().map(|last| place(&last.file, last.offset));
        let seen = seen.or_else(|| self.position.last.as_ref().map(|last| place(&last.file, last.offset)));
        if seen.is_none_or(|seen| seen < place(&self.position.file, self.reading.0)) {
            self.saw(None);
        }
    }

    fn told(&mut self) -> Position {
        self.position.gtid_set = self.gtids.to_string();
        if let Some(Seen { gtid, file, offset, length, checksum }) = self.last.take() {
            let gtid = gtid.map(|gtid| gtid.to_string()).unwrap_or_default();
            self.position.last = Some(Last { gtid, file, offset, length, checksum });
        }
        self.position.clone()
    }

    fn has_begun(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| transaction.begun)
    }

    /// A crashed server can leave a transaction without an end in its file. One that was handed out cannot be unsaid.
    fn must_be_between(&mut self, start: u64) -> Result<(), SourceError> {
        if self.has_begun() {
            return Err(Faults { source: self.source, position: &self.position, offset: start }.unfinished());
        }
        self.transaction = None;
        Ok(())
    }
}
