//! Properties: whatever the bytes, the decoders answer or refuse. None panics, none hangs, none grows without bound.

use proptest::prelude::*;

use super::bytes::Bytes;
use super::fuzzed::{WIDE, wide_columns};
use super::shape::Shape;
use super::table_map::{self, Flavour};
use super::{decimal, gtid, json, payload, statement, temporal};

fn wide() -> Shape {
    let columns = table_map::columns(&wide_columns(), Flavour::MySql).expect("a table map");
    Shape::bind(&WIDE, columns).expect("it fits").0
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
