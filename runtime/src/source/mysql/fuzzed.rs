//! What must hold of a binary log's bytes, whatever they are: each decoder answers or refuses, and what it answers keeps its
//! promises. Called with any bytes by fuzzing, and with those that were found by a plain test.
//! It must not know: who calls it.

use std::collections::BTreeSet;

use super::bytes::Bytes;
use super::column::BINARY;
use super::event::{CHECKSUM, Format, HEADER, Header, kind};
use super::form::MAX_ROW;
use super::gtid::{self, Gtid, GtidSet};
use super::reader::Reader;
use super::shape::Shape;
use super::table_map::{self, Flavour};
use super::{decimal, json, payload, proto, statement, temporal};
use crate::source::{Position, Step};
use crate::spec::{ColumnSpec, SourceSpec, TableSpec, Wire};

const fn column(name: &'static str, field: u32, wire: Wire) -> ColumnSpec {
    ColumnSpec { name, field, wire }
}

/// A column for each form that a value can take.
pub(super) const WIDE: TableSpec = TableSpec {
    table: "wide",
    message: "",
    key: &["int", "text", "uuid"],
    columns: &[
        column("int", 1, Wire::Int32),
        column("text", 2, Wire::String),
        column("uuid", 3, Wire::Uuid),
        column("bool", 4, Wire::Bool),
        column("bit", 5, Wire::Uint64),
        column("decimal", 6, Wire::Decimal { scale: 9 }),
        column("date", 7, Wire::Date),
        column("time", 8, Wire::Time),
        column("datetime", 9, Wire::Timestamp),
        column("timestamp", 10, Wire::Timestamp),
        column("old", 11, Wire::Timestamp),
        column("json", 12, Wire::Json),
        column("enum", 13, Wire::Enum),
        column("set", 14, Wire::Set),
        column("latin1", 15, Wire::String),
        column("double", 16, Wire::Double),
    ],
};

/// The type of each of its columns as a table map has it, with its metadata.
const TYPES: [(u8, &[u8]); 16] = [
    (9, &[]),
    (15, &[0x2c, 0x01]),
    (254, &[0xfe, 16]),
    (1, &[]),
    (16, &[0, 5]),
    (246, &[20, 9]),
    (10, &[]),
    (19, &[3]),
    (18, &[6]),
    (17, &[1]),
    (12, &[]),
    (245, &[4]),
    (254, &[247, 2]),
    (254, &[248, 1]),
    (252, &[1]),
    (4, &[4]),
];

/// The wide table, and of the shop's tables some columns: a recording of the shop is read by it.
static SOURCE: SourceSpec = SourceSpec {
    name: "any",
    databases: "*",
    tenant: false,
    tables: &[
        WIDE,
        TableSpec {
            table: "orders",
            message: "",
            key: &["id"],
            columns: &[
                column("id", 1, Wire::Uuid),
                column("email", 2, Wire::String),
                column("status", 3, Wire::Enum),
                column("lines", 4, Wire::Json),
                column("total", 5, Wire::Decimal { scale: 2 }),
                column("note", 6, Wire::String),
                column("placed_at", 7, Wire::Timestamp),
            ],
        },
        TableSpec {
            table: "reservations",
            message: "",
            key: &["order_id", "sku"],
            columns: &[
                column("sku", 1, Wire::String),
                column("order_id", 2, Wire::Uuid),
                column("quantity", 3, Wire::Uint32),
                column("reserved_at", 4, Wire::Timestamp),
            ],
        },
    ],
};

/// The columns' part of the wide table's map.
pub(super) fn wide_columns() -> Vec<u8> {
    let mut map = vec![TYPES.len() as u8];
    map.extend(TYPES.map(|(kind, _)| kind));
    let metadata: Vec<u8> = TYPES.iter().flat_map(|(_, metadata)| *metadata).copied().collect();
    let mut field = |number: Option<u8>, value: &[u8]| {
        map.extend(number);
        map.push(value.len() as u8);
        map.extend_from_slice(value);
    };
    field(None, &metadata);
    let names: Vec<u8> = WIDE
        .columns
        .iter()
        .flat_map(|spec| [&[spec.name.len() as u8], spec.name.as_bytes()].concat())
        .collect();
    let members = b"\x02\x01a\x01b";
    // Which columns may be null; signs, collations, names, members of SET and ENUM.
    let nullable = TYPES.len().div_ceil(8);
    let head = 1 + TYPES.len() + 1 + metadata.len();
    field(Some(1), &[0]);
    field(Some(3), &[45, BINARY as u8, 8]);
    field(Some(4), &names);
    field(Some(5), members);
    field(Some(6), members);
    map.splice(head..head, std::iter::repeat_n(0xff, nullable));
    map
}

/// Any bytes as what the first of them says: a stream of events, rows of the wide table, or one of the parts of an event.
///
/// # Panics
/// When a promise is broken.
pub fn binlog(bytes: &[u8]) {
    match bytes.split_first() {
        Some((b'r', rest)) => rows(rest),
        Some((b't', rest)) => table_maps(rest),
        Some((b'j', rest)) => document(rest),
        Some((b'v', rest)) => values(rest),
        Some((b'g', rest)) => gtids(rest),
        Some((b's', rest)) => sets(&String::from_utf8_lossy(rest)),
        Some((b'q', rest)) => statements(rest),
        Some((b'p', rest)) => drop(payload::unpack(rest)),
        _ => stream(bytes.strip_prefix(b"\xfebin").unwrap_or(bytes)),
    }
}

/// Whole events, one after the other, as a recording has them; their checksums are not looked at.
fn stream(mut rest: &[u8]) {
    let (mut played, mut checksummed) = (Played::new(), false);
    while let Ok(header) = Header::parse(rest) {
        let Some((event, tail)) = rest.split_at_checked(header.size as usize) else { return };
        rest = tail;
        let mut body = &event[HEADER..];
        if header.kind == kind::FORMAT_DESCRIPTION {
            checksummed = Format::parse(body).is_ok_and(|format| format.checksummed);
        }
        if checksummed {
            body = &body[..body.len().saturating_sub(CHECKSUM)];
        }
        if !played.feed(&header, body) {
            return;
        }
    }
}

/// A transaction with a rows event of the wide table.
fn rows(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let kinds = [
        kind::WRITE_ROWS,
        kind::UPDATE_ROWS,
        kind::DELETE_ROWS,
        kind::WRITE_ROWS_V1,
        kind::UPDATE_ROWS_V1,
        kind::DELETE_ROWS_V1,
    ];
    let rows_kind = kinds[usize::from(first & 0x7f) % kinds.len()];
    let mut map = b"\x07\0\0\0\0\0\0\0\x04shop\0\x04wide\0".to_vec();
    map.extend(wide_columns());
    let mut body = b"\x07\0\0\0\0\0".to_vec();
    if first & 0x80 == 0 {
        body.extend([0, 0]);
        if rows_kind >= kind::WRITE_ROWS {
            body.extend([2, 0]);
        }
        let images = if matches!(rows_kind, kind::UPDATE_ROWS | kind::UPDATE_ROWS_V1) { 2 } else { 1 };
        body.push(TYPES.len() as u8);
        body.extend(std::iter::repeat_n(0xff, TYPES.len() / 8 * images));
    }
    body.extend_from_slice(rest);
    let begin = b"\0\0\0\0\0\0\0\0\x04\0\0\0\0shop\0BEGIN";
    let mut played = Played::new();
    let events: [(u8, &[u8]); 5] = [
        (kind::ANONYMOUS_GTID, &[0; 42]),
        (kind::QUERY, begin),
        (kind::TABLE_MAP, &map),
        (rows_kind, &body),
        (kind::XID, &[0; 8]),
    ];
    let mut next = 4;
    for (kind, body) in events {
        let size = (HEADER + body.len()) as u32;
        next += size;
        if !played.feed(&Header { timestamp: 7, kind, server_id: 1, size, next, flags: 0 }, body) {
            return;
        }
    }
}

/// A reader and the order of its steps.
struct Played {
    reader: Reader,
    within: bool,
}

impl Played {
    fn new() -> Self {
        let position = Position {
            incarnation: 0,
            server: "any".into(),
            gtid_set: String::new(),
            file: "binlog.000001".into(),
            offset: 4,
            last: None,
        };
        Self { reader: Reader::new(&SOURCE, Flavour::MySql, position), within: false }
    }

    /// Takes an event in and looks at each step that comes of it. False when it is refused: the stream ends there.
    fn feed(&mut self, header: &Header, body: &[u8]) -> bool {
        let mut going = self.reader.feed(header, body, 0).map_err(|why| coded(why.code)).is_ok();
        while going {
            match self.reader.step() {
                Ok(Some(step)) => self.look(&step),
                Ok(None) => return true,
                Err(why) => {
                    coded(why.code);
                    going = false;
                }
            }
        }
        false
    }

    fn look(&mut self, step: &Step) {
        match step {
            Step::Begin { .. } => {
                assert!(!std::mem::replace(&mut self.within, true), "a begin within another")
            }
            Step::Commit(at) => {
                assert!(std::mem::replace(&mut self.within, false), "a commit of nothing");
                stored(at);
            }
            Step::Idle(at) => {
                assert!(!self.within, "idle within a transaction");
                stored(at);
            }
            _ => assert!(self.within, "{step:?} outside of a transaction"),
        }
        match step {
            Step::Row(row) => {
                let key = SOURCE.tables[row.table].key;
                assert_eq!(row.key.matches('\u{1f}').count() + 1, key.len(), "the parts of a key");
                assert!(<() as prost::Message>::decode(&row.body[..]).is_ok(), "a row is a message");
                assert!(row.body.len() <= 4 * MAX_ROW, "a row is bounded");
            }
            Step::Refused(row) => {
                coded(row.code);
                assert!(row.table < SOURCE.tables.len());
            }
            _ => {}
        }
    }
}

/// A position is read again as it was written: else a capture that starts anew begins elsewhere.
fn stored(position: &Position) {
    let text = &position.gtid_set;
    let flavour = if text.contains(':') { Flavour::MySql } else { Flavour::MariaDb };
    let again = GtidSet::parse(text, flavour).map(|set| set.to_string());
    assert_eq!(again.as_ref(), Some(text), "a set is read as it was written");
}

fn coded(code: &str) {
    assert!(code.starts_with("C-"), "{code}");
}

fn table_maps(bytes: &[u8]) {
    let head = table_map::head(bytes);
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let columns = head.as_ref().map_or(bytes, |head| head.columns);
        let Ok(columns) = table_map::columns(columns, flavour) else { continue };
        assert!(columns.len() <= bytes.len(), "a column has a byte");
        let width = columns.len();
        if let Ok((shape, unknown)) = Shape::bind(&WIDE, columns) {
            assert!(shape.width() == width && unknown.len() <= width);
            let (mut out, mut scratch, all) = (Vec::new(), String::new(), vec![0xff; width.div_ceil(8)]);
            let _ = shape.image(&all, &mut Bytes(bytes), &mut scratch, &mut out, None);
        }
    }
}

fn document(bytes: &[u8]) {
    const MOST: usize = 1 << 16;
    let mut out = String::new();
    let read = json::text(bytes, MOST, &mut out);
    assert!(out.len() <= MOST + 6 * bytes.len() + 100, "{} bytes of {}", out.len(), bytes.len());
    if read.is_ok() {
        assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "no JSON: {out}");
    }
}

fn values(bytes: &[u8]) {
    let Some(([precision, scale, digits], value)) = bytes.split_first_chunk() else { return };
    let (precision, scale, digits) = (precision % 66, scale % 39, digits % 7);
    let mut text = String::new();
    if scale <= precision && decimal::text(value, precision, scale, &mut text) {
        let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        assert!(!whole.is_empty() && whole.len() <= usize::from(precision - scale).max(1), "{text}");
        assert_eq!(places.len(), usize::from(scale), "{text}");
        assert!(whole.bytes().chain(places.bytes()).all(|digit| digit.is_ascii_digit()), "{text}");
    }
    if let Some((year, month, day)) = temporal::date(value) {
        let year = i32::try_from(year).expect("a year");
        assert!(chrono::NaiveDate::from_ymd_opt(year, month.into(), day.into()).is_some());
    }
    let moments = [
        temporal::datetime(value, digits),
        temporal::timestamp(value, digits),
        temporal::old_datetime(value),
        temporal::time(value, digits),
        value.get(..3).and_then(temporal::old_time),
        value.get(..4).and_then(temporal::old_timestamp),
    ];
    for moment in moments.into_iter().flatten() {
        let nanos = u32::try_from(moment.nanos.abs()).expect("a part of a second");
        assert!(nanos < 1_000_000_000);
        let there = chrono::DateTime::from_timestamp(moment.seconds, nanos).expect("a moment");
        let (year, month, day, _) = temporal::civil(moment.seconds);
        assert_eq!(there.format("%Y-%m-%d").to_string(), format!("{year:04}-{month:02}-{day:02}"));
        let mut field = Vec::new();
        proto::moment(1, moment.seconds, moment.nanos, &mut field);
        assert!(<() as prost::Message>::decode(&field[..]).is_ok());
    }
}

fn gtids(bytes: &[u8]) {
    let stamps = [gtid::mysql(bytes, false), gtid::mysql(bytes, true), gtid::tagged(bytes)];
    let stamps = stamps.into_iter().flatten().filter_map(|stamp| stamp.gtid);
    for gtid in stamps.chain(gtid::mariadb(bytes, 1).map(|(gtid, _)| gtid)) {
        let flavour = if matches!(gtid, Gtid::MySql { .. }) { Flavour::MySql } else { Flavour::MariaDb };
        let mut set = GtidSet::parse("", flavour).expect("the empty set");
        set.add(&gtid);
        assert_eq!(GtidSet::parse(&set.to_string(), flavour), Some(set), "{gtid}");
    }
}

/// Numbers, and sets of them: what is written is read again, and adding a transaction adds nothing else.
fn sets(text: &str) {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let Some(mut set) = GtidSet::parse(text, flavour) else { continue };
        let mut sources = BTreeSet::new();
        for number in [1, 5, 6, u64::MAX] {
            let gtid = match flavour {
                Flavour::MySql => Gtid::MySql { source: "a".into(), number },
                Flavour::MariaDb => Gtid::MariaDb { domain: 1, server: 2, sequence: number },
            };
            set.add(&gtid);
            sources.extend(set.sources());
            let again = GtidSet::parse(&set.to_string(), flavour);
            assert_eq!(again.map(|set| set.to_string()), Some(set.to_string()), "{text}");
        }
    }
}

fn statements(bytes: &[u8]) {
    for extra in [0, 13] {
        if let Ok(statement) = statement::parse(bytes, extra) {
            let _ = (statement.meaning(), statement.mentions(|_| false), statement.is_generated());
        }
    }
}
