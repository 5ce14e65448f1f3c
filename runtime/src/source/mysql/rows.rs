//! A rows event, handed out row by row: the change message is written straight from the event's bytes.
//! It must not know: transactions, or what becomes of a row.

use std::sync::Arc;

use super::bytes::{Bytes, Malformed};
use super::event::kind;
use super::proto;
use super::shape::RowFault;
use super::tables::{Role, Table, Tables};
use crate::change::{ChangeRow, Op};
use crate::source::Named;

/// The table id of an event without rows that only ends a statement.
const DUMMY_TABLE: u64 = 0x00ff_ffff;

/// A row of a wanted table.
#[derive(Debug)]
pub(in crate::source) enum Handed {
    Row(ChangeRow),
    /// A row that is at fault itself: it goes on in its place.
    Refused(Refusal),
    /// An inserted inbox row, as its message.
    Inbox(Vec<u8>),
    /// An inserted outbox row, as its message.
    Outbox {
        row: Vec<u8>,
        database: Arc<str>,
    },
}

/// A row that cannot be handed on, and why.
#[derive(Debug)]
pub(in crate::source) struct Refusal {
    pub index: usize,
    pub database: Arc<str>,
    pub op: Op,
    pub ordinal: u32,
    pub key: Option<String>,
    pub fault: RowFault,
    pub shape: Arc<Named>,
    pub present: Vec<u8>,
    pub bytes: Vec<u8>,
}

/// Why a rows event cannot be taken in.
#[derive(Debug)]
pub(in crate::source) enum RowsFault {
    Malformed(Malformed),
    /// No table map came before.
    Undescribed,
}

impl From<Malformed> for RowsFault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// The rows event being handed out, if there is one, and room that is used again for each.
#[derive(Debug, Default)]
pub(in crate::source) struct Rows {
    table: Option<Table>,
    op: Option<Op>,
    start: u64,
    /// The columns that the images before and after hold, as bits.
    present: [Vec<u8>; 2],
    bytes: Vec<u8>,
    at: usize,
    images: [Vec<u8>; 2],
    scratch: String,
    /// By place: the transaction and the number of rows of this table in it.
    ordinals: Vec<(u64, u32)>,
}

impl Rows {
    /// True when there is no row left.
    pub fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Where the event starts in its file.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Takes in a rows event of either version.
    ///
    /// # Errors
    /// It is damaged, or its table was never described.
    pub fn take(&mut self, raw: u8, body: &[u8], tables: &Tables, start: u64) -> Result<(), RowsFault> {
        let mut bytes = Bytes(body);
        let id = bytes.little(6, "table id")?;
        bytes.u16("rows flags")?;
        let table = match tables.get(id) {
            Some(Some(table)) => table,
            Some(None) => return Ok(()),
            None if id == DUMMY_TABLE => return Ok(()),
            None => return Err(RowsFault::Undescribed),
        };
        if matches!(raw, kind::WRITE_ROWS..=kind::DELETE_ROWS) {
            let extra = usize::from(bytes.u16("extra row data")?).checked_sub(2);
            bytes.take(extra.ok_or(Malformed("extra row data"))?, "extra row data")?;
        }
        let op = match raw {
            kind::WRITE_ROWS | kind::WRITE_ROWS_V1 => Op::Inserted,
            kind::UPDATE_ROWS | kind::UPDATE_ROWS_V1 => Op::Updated,
            _ => Op::Deleted,
        };
        let width = bytes.length("column count")?;
        if width != table.shape.width() {
            return Err(Malformed("column count").into());
        }
        for image in 0..if op == Op::Updated { 2 } else { 1 } {
            self.present[image].clear();
            self.present[image].extend_from_slice(bytes.take(width.div_ceil(8), "present columns")?);
        }
        if table.role != Role::Outbox && table.role != Role::Inbox || op == Op::Inserted {
            self.bytes.clear();
            self.bytes.extend_from_slice(bytes.rest());
            (self.at, self.op, self.start) = (0, Some(op), start);
            self.table = Some(table.clone());
        }
        Ok(())
    }

    /// Reads the next row. `None` when there is none left. After an error the event is given up.
    ///
    /// # Errors
    /// The row cannot be handed on, with its table.
    pub fn next(&mut self, transaction: u64) -> Result<Option<Handed>, (Table, RowFault)> {
        let (Some(table), Some(op), false) = (&self.table, self.op, self.is_empty()) else { return Ok(None) };
        let mut rest = Bytes(&self.bytes[self.at..]);
        let before = rest.0.len();
        let (mut key, mut refused) = (String::new(), None);
        let count = if op == Op::Updated { 2 } else { 1 };
        for image in 0..count {
            let out = &mut self.images[image];
            out.clear();
            let wanted = (image + 1 == count).then_some(&mut key);
            match table.shape.image(&self.present[image], &mut rest, &mut self.scratch, out, wanted) {
                Ok(()) => {}
                Err(fault) if fault.is_of_the_row() && matches!(table.role, Role::Captured(_)) => {
                    refused.get_or_insert(fault);
                }
                Err(fault) => {
                    self.at = self.bytes.len();
                    return Err((table.clone(), fault));
                }
            }
        }
        let taken = before - rest.0.len();
        if taken == 0 {
            self.at = self.bytes.len();
            return Err((table.clone(), Malformed("row").into()));
        }
        let row = self.at..self.at + taken;
        self.at += taken;
        let database = Arc::clone(&table.database);
        Ok(Some(match (table.role, refused) {
            (Role::Captured(index), refused) => {
                let ordinal = self.ordinals.next(table.place, transaction);
                match refused {
                    None => {
                        let body = self.message(op);
                        let shape = Some(table.shape.named());
                        Handed::Row(ChangeRow { table: index, database, op, key, body, ordinal, shape })
                    }
                    Some(fault) => {
                        let (present, bytes) = (self.present[..count].concat(), self.bytes[row].to_vec());
                        let key = Some(key).filter(|key| !key.is_empty());
                        let shape = table.shape.named();
                        Handed::Refused(Refusal {
                            index,
                            database,
                            op,
                            ordinal,
                            key,
                            fault,
                            shape,
                            present,
                            bytes,
                        })
                    }
                }
            }
            (Role::Inbox, _) => Handed::Inbox(self.images[0].clone()),
            (Role::Outbox, _) => Handed::Outbox { row: self.images[0].clone(), database },
        }))
    }

    fn message(&self, op: Op) -> Vec<u8> {
        let [first, second] = &self.images;
        let mut body = Vec::with_capacity(first.len() + second.len() + 14);
        proto::number(1, op as u64, &mut body);
        match op {
            Op::Inserted => proto::bytes(3, first, &mut body),
            Op::Deleted => proto::bytes(2, first, &mut body),
            Op::Updated => {
                proto::bytes(2, first, &mut body);
                proto::bytes(3, second, &mut body);
            }
        }
        body
    }
}

/// Counts rows by table, from 0 in each transaction.
trait Ordinals {
    fn next(&mut self, place: usize, transaction: u64) -> u32;
}

impl Ordinals for Vec<(u64, u32)> {
    fn next(&mut self, place: usize, transaction: u64) -> u32 {
        if self.len() <= place {
            self.resize(place + 1, (0, 0));
        }
        let (of, count) = &mut self[place];
        if *of != transaction {
            (*of, *count) = (transaction, 0);
        }
        *count += 1;
        *count - 1
    }
}
