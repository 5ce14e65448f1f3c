//! Properties: whatever the bytes, the decoders answer or refuse. None panics, none hangs, none grows without bound.

use proptest::prelude::*;

use super::bytes::Bytes;
use super::column::{BINARY, Kind};
use super::shape::Shape;
use super::table_map::{self, Column, Flavour};
use super::{decimal, gtid, json, payload, statement, temporal};
use crate::spec::{ColumnSpec, TableSpec, Wire};

const fn column(name: &'static str, field: u32, wire: Wire) -> ColumnSpec {
    ColumnSpec { name, field, wire }
}

/// A column for each form that a value can take.
const WIDE: TableSpec = TableSpec {
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

fn wide() -> Shape {
    let members = vec!["a".to_owned(), "b".to_owned()];
    let kinds = [
        Kind::Int { width: 3, signed: true },
        Kind::Var { length: 300, collation: 45 },
        Kind::Fixed { length: 16, collation: BINARY },
        Kind::Int { width: 1, signed: true },
        Kind::Bit { bytes: 5 },
        Kind::Decimal { precision: 20, scale: 9 },
        Kind::Date,
        Kind::Time { digits: 3 },
        Kind::Datetime { digits: 6 },
        Kind::Timestamp { digits: 1 },
        Kind::OldDatetime,
        Kind::Json { width: 4 },
        Kind::Enum { width: 2, members: members.clone() },
        Kind::Set { width: 1, members },
        Kind::Blob { width: 1, collation: 8 },
        Kind::Float,
    ];
    let named = WIDE.columns.iter().zip(kinds).map(|(spec, kind)| Column { name: spec.name.into(), kind });
    Shape::bind(&WIDE, named.collect()).expect("it fits").0
}

proptest! {
    #[test]
    fn rows(row in prop::collection::vec(any::<u8>(), 0..400), nulls in any::<[u8; 2]>()) {
        let (mut out, mut key) = (Vec::new(), String::new());
        let row = [&nulls[..], &row].concat();
        let read = wide().image(&[0xff, 0xff], &mut Bytes(&row), &mut String::new(), &mut out, Some(&mut key));
        let separators = key.bytes().filter(|byte| *byte == 0x1f).count();
        prop_assert!(read.is_err() || separators == 2);
    }

    #[test]
    fn table_maps(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = table_map::head(&bytes);
        let _ = table_map::columns(&bytes, Flavour::MySql);
        let _ = table_map::columns(&bytes, Flavour::MariaDb);
    }

    #[test]
    fn documents(kind in 0..16u8, bytes in prop::collection::vec(0..24u8, 0..200)) {
        let bytes = [&[kind][..], &bytes].concat();
        let mut out = String::new();
        let read = json::text(&bytes, 10_000, &mut out);
        prop_assert!(read.is_err() || out.len() < 20_000);
    }

    #[test]
    fn values(bytes in prop::collection::vec(any::<u8>(), 0..40), precision in 0..70u8, scale in 0..40u8, digits in 0..7u8) {
        let _ = decimal::text(&bytes, precision, scale, &mut String::new());
        let _ = temporal::date(&bytes);
        let _ = temporal::datetime(&bytes, digits);
        let _ = temporal::timestamp(&bytes, digits);
        let _ = temporal::time(&bytes, digits);
        let _ = temporal::old_time(&bytes);
        let _ = temporal::old_datetime(&bytes);
    }

    #[test]
    fn events(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = gtid::mysql(&bytes, false);
        let _ = gtid::tagged(&bytes);
        let _ = gtid::mariadb(&bytes, 1);
        let _ = payload::unpack(&bytes);
        if let Ok(statement) = statement::parse(&bytes, 0) {
            let _ = (statement.meaning(), statement.mentions(|_| false), statement.is_generated());
        }
    }

    #[test]
    fn sets(text in "[0-9a-f:,-]{0,60}", number in any::<u64>()) {
        for flavour in [Flavour::MySql, Flavour::MariaDb] {
            if let Some(mut set) = gtid::GtidSet::parse(&text, flavour) {
                set.add(&gtid::Gtid::MySql { source: "a".into(), number });
                let again = gtid::GtidSet::parse(&set.to_string(), Flavour::MySql);
                prop_assert_eq!(again.map(|set| set.to_string()), Some(set.to_string()));
            }
        }
    }
}
