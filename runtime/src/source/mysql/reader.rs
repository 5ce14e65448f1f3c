//! From events to steps: transactions are told apart, rows are handed out one by one, the position moves on.
//! The same for a live server and a recording. It must not know: where events come from, or topics.

use std::collections::VecDeque;

use super::bytes::Bytes;
use super::event::{Format, HEADER, Header, IGNORABLE, kind};
use super::fault::Faults;
use super::gtid::{self, Gtid, GtidSet, Stamp};
use super::rows::{Handed, Rows};
use super::statement::{self, Meaning};
use super::table_map::Flavour;
use super::tables::Tables;
use super::{bookkeeping, payload};
use crate::source::{Position, SourceError, Step};
use crate::spec::SourceSpec;

/// After so many transactions of no interest the position is told, so that it never falls far behind.
const QUIET_TRANSACTIONS: u32 = 1000;

/// MariaDB's flag for a transaction of one statement, which no COMMIT ends.
const STANDALONE: u8 = 1;

/// Turns events into steps. Feed it an event only when it has no more steps.
#[derive(Debug)]
pub(in crate::source) struct Reader {
    tables: Tables,
    flavour: Flavour,
    gtids: GtidSet,
    position: Position,
    transaction: Option<Transaction>,
    rows: Rows,
    unpacked: (Vec<u8>, usize),
    steps: VecDeque<Step>,
    quiet: u32,
    transactions: u64,
}

/// A transaction in progress.
#[derive(Debug)]
struct Transaction {
    /// What `Begin` says.
    name: String,
    at: i64,
    gtid: Option<Gtid>,
    /// True once a COMMIT of its own is needed to end it.
    open: bool,
    /// True once `Begin` was handed out.
    begun: bool,
    caused: bool,
    recorded: u32,
}

impl Reader {
    /// A reader that stands at `position`.
    pub fn new(spec: &'static SourceSpec, flavour: Flavour, position: Position) -> Self {
        let empty = GtidSet::parse("", flavour).unwrap_or(GtidSet::MySql(Default::default()));
        Self {
            tables: Tables::new(spec),
            flavour,
            gtids: GtidSet::parse(&position.gtid_set, flavour).unwrap_or(empty),
            position,
            transaction: None,
            rows: Rows::default(),
            unpacked: (Vec::new(), 0),
            steps: VecDeque::new(),
            quiet: 0,
            transactions: 0,
        }
    }

    /// Columns seen that the model does not know.
    pub fn unknown_columns(&self) -> usize {
        self.tables.unknown_columns()
    }

    /// The position of the next event.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Turns to another file, at an offset.
    pub fn turn(&mut self, file: String, offset: u64) {
        (self.position.file, self.position.offset) = (file, offset);
        self.tables.forget_ids();
    }

    /// The next step out of what was fed; `None` when another event is needed.
    ///
    /// # Errors
    /// A row cannot be handed on, or a packed event is not understood.
    pub fn step(&mut self) -> Result<Option<Step>, SourceError> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Ok(Some(step));
            }
            if self.rows.is_empty() {
                if !self.unpack_next()? {
                    return Ok(None);
                }
                continue;
            }
            self.next_row()?;
        }
    }

    /// Takes an event in: its header and its body without a checksum.
    ///
    /// # Errors
    /// The event is damaged, or must not be skipped and is not understood.
    pub fn feed(&mut self, header: &Header, body: &[u8]) -> Result<(), SourceError> {
        let start = self.position.offset;
        self.advance(header);
        self.take(header, body, start)
    }

    /// Moves the position behind an event of the file. Its own word for that has 32 bits.
    fn advance(&mut self, header: &Header) {
        if header.is_artificial() || header.kind == kind::HEARTBEAT {
            return;
        }
        let expected = self.position.offset + u64::from(header.size);
        let named = (self.position.offset & !0xffff_ffff) | u64::from(header.next);
        self.position.offset = match expected {
            _ if expected as u32 == header.next => expected,
            _ if named + (1 << 31) < self.position.offset => named + (1 << 32),
            _ => named,
        };
    }

    fn take(&mut self, header: &Header, body: &[u8], start: u64) -> Result<(), SourceError> {
        let faults = Faults { file: &self.position.file, offset: start };
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
            }
            kind::QUERY => self.statement(header, body, 0, start)?,
            kind::EXECUTE_LOAD_QUERY => self.statement(header, body, 13, start)?,
            kind::XID => self.commit(),
            kind::XA_PREPARE => match body.first() {
                Some(0) if self.has_begun() => return Err(faults.xa()),
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
                    self.quiet = 0;
                    let position = self.told();
                    self.steps.push_back(Step::Idle(position));
                }
            }
            kind::INCIDENT => return Err(faults.incident()),
            kind::STOP
            | kind::INTVAR
            | kind::APPEND_BLOCK
            | kind::DELETE_FILE
            | kind::RAND
            | kind::USER_VAR
            | kind::BEGIN_LOAD_QUERY
            | kind::IGNORABLE
            | kind::ROWS_QUERY
            | kind::PREVIOUS_GTIDS
            | kind::TRANSACTION_CONTEXT
            | kind::VIEW_CHANGE
            | kind::MARIA_ANNOTATE_ROWS
            | kind::MARIA_CHECKPOINT
            | kind::MARIA_GTID_LIST
            | kind::MARIA_START_ENCRYPTION => {}
            _ if header.flags & IGNORABLE != 0 => {}
            unknown => return Err(faults.unknown(unknown)),
        }
        Ok(())
    }

    /// A new file: at its end the server names the next, and when it has moved on without a word it makes one up.
    fn rotate(&mut self, header: &Header, body: &[u8]) -> Result<(), SourceError> {
        let faults = Faults { file: &self.position.file, offset: self.position.offset };
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
            Transaction { name, at, gtid, open: false, begun: false, caused: false, recorded: 0 };
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

    fn statement(
        &mut self,
        header: &Header,
        body: &[u8],
        extra: usize,
        start: u64,
    ) -> Result<(), SourceError> {
        let faults = Faults { file: &self.position.file, offset: start };
        let statement = statement::parse(body, extra).map_err(|why| faults.malformed(why))?;
        let is_open = self.transaction.as_ref().is_some_and(|transaction| transaction.open);
        match statement.meaning() {
            Meaning::Begin => self.open(header, start, true),
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
        let transaction = self.transaction.take();
        if let Some(gtid) = transaction.as_ref().and_then(|transaction| transaction.gtid.as_ref()) {
            self.gtids.add(gtid);
        }
        let begun = transaction.is_some_and(|transaction| transaction.begun);
        self.quiet = if begun { 0 } else { self.quiet + 1 };
        if begun || self.quiet >= QUIET_TRANSACTIONS {
            self.quiet = 0;
        } else {
            // Text of a set is made when it is told, not for each transaction of no interest.
            return;
        }
        let position = self.told();
        self.steps.push_back(if begun { Step::Commit(position) } else { Step::Idle(position) });
    }

    fn told(&mut self) -> Position {
        self.position.gtid_set = self.gtids.to_string();
        self.position.clone()
    }

    fn has_begun(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| transaction.begun)
    }

    /// A crashed server can leave a transaction without an end in its file. One that was handed out cannot be unsaid.
    fn must_be_between(&mut self, start: u64) -> Result<(), SourceError> {
        if self.has_begun() {
            return Err(Faults { file: &self.position.file, offset: start }.unfinished());
        }
        self.transaction = None;
        Ok(())
    }

    fn next_row(&mut self) -> Result<(), SourceError> {
        let faults = Faults { file: &self.position.file, offset: self.rows.start() };
        let Some(handed) = self
            .rows
            .next(self.transactions)
            .map_err(|(table, fault)| faults.row(&table.database, self.tables.name(table.role), fault))?
        else {
            return Ok(());
        };
        let Some(transaction) = &mut self.transaction else { return Err(faults.outside()) };
        let step = match handed {
            Handed::Row(row) => Step::Row(row),
            Handed::Inbox(_) if transaction.caused => {
                tracing::warn!(gtid = transaction.name, "a transaction handled more than one command");
                return Ok(());
            }
            Handed::Inbox(row) => {
                transaction.caused = true;
                if transaction.begun {
                    tracing::warn!(
                        gtid = transaction.name,
                        "the inbox row is not the first of its transaction"
                    );
                }
                Step::Cause(bookkeeping::cause(&row))
            }
            Handed::Outbox { row, database } => {
                let ordinal = transaction.recorded;
                transaction.recorded += 1;
                Step::Recorded(bookkeeping::recorded(&row, database, ordinal))
            }
        };
        if !transaction.begun {
            transaction.begun = true;
            self.steps.push_back(Step::Begin { gtid: transaction.name.clone(), at: transaction.at });
        }
        self.steps.push_back(step);
        Ok(())
    }

    /// Takes in the next event of an unpacked transaction; false when there is none.
    fn unpack_next(&mut self) -> Result<bool, SourceError> {
        let (events, at) = std::mem::take(&mut self.unpacked);
        let rest = &events[at..];
        if rest.is_empty() {
            return Ok(false);
        }
        let offset = self.position.offset;
        let faults = Faults { file: &self.position.file, offset };
        let header = Header::parse(rest).map_err(|why| faults.malformed(why))?;
        let event =
            Bytes(rest).take(header.size as usize, "event size").map_err(|why| faults.malformed(why))?;
        let end = at + event.len();
        // Given back before the event is taken in: a payload inside a payload is refused by that.
        let body = event[HEADER..].to_vec();
        self.unpacked = (events, end);
        self.take(&header, &body, offset)?;
        Ok(true)
    }
}
