//! Events that the recording does not hold, put among those that it does: what may carry captured rows and is not
//! understood is a halt that says its code, its place and a way on, and nothing behind it is handed out.

use super::{RECORDING, SHOP, all, mend, now, places, recording, steps_of};
use storm_runtime::source::replay::ReplaySource;
use storm_runtime::source::{Source as _, SourceError, Step};

const QUERY: u8 = 2;
const FORMAT_DESCRIPTION: u8 = 15;
const XID: u8 = 16;
const EXECUTE_LOAD_QUERY: u8 = 18;
const TABLE_MAP: u8 = 19;
const INCIDENT: u8 = 26;
const XA_PREPARE: u8 = 38;
const PARTIAL_UPDATE_ROWS: u8 = 39;
const MARIA_GTID: u8 = 162;
const MARIA_START_ENCRYPTION: u8 = 164;
const MARIA_QUERY_COMPRESSED: u8 = 165;

/// Every type that is read, or passed over because it holds no rows.
const KNOWN: [std::ops::RangeInclusive<u8>; 6] = [2..=5, 9..=9, 11..=11, 13..=19, 23..=42, 160..=171];

/// Where the `nth` event of this type starts, and its bytes.
fn recorded(kind: u8, nth: usize) -> (usize, &'static [u8]) {
    let places = places();
    let events = places.windows(2).map(|place| (place[0], &RECORDING[place[0]..place[1]]));
    events.filter(|(_, event)| event[4] == kind).nth(nth).expect("such an event")
}

/// The place behind the first event of this type.
fn behind(kind: u8) -> usize {
    let (at, event) = recorded(kind, 0);
    at + event.len()
}

/// The type of the first event that holds rows.
fn rows_kind() -> u8 {
    places().iter().map(|at| RECORDING[at + 4]).find(|kind| matches!(kind, 23..=25 | 30..=32)).expect("rows")
}

/// An event at a place, with a right checksum.
fn event(at: usize, kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let size = 19 + body.len() + 4;
    let [size, next] = [size, at + size].map(|number| u32::try_from(number).expect("small").to_le_bytes());
    let mut event = [&[0, 0, 0, 0, kind, 1, 0, 0, 0][..], &size, &next, &[flags, 0], body, &[0; 4]].concat();
    mend(&mut event);
    event
}

/// The body of a QUERY event, with so many bytes more where the events that load files have them.
fn query(extra: usize, text: &str) -> Vec<u8> {
    [&[0; 8][..], &[4, 0, 0, 0, 0], &vec![0; extra], b"shop\0", text.as_bytes()].concat()
}

/// The recording with these bytes put in.
fn with(at: usize, more: &[u8]) -> Vec<u8> {
    [&RECORDING[..at], more, &RECORDING[at..]].concat()
}

/// How a recording ends that cannot be read on: what came before is what the whole one begins with.
fn refused(what: &str, bytes: Vec<u8>) -> SourceError {
    let whole = now(all(&mut recording(), None)).expect("whole");
    let mut source = ReplaySource::from_bytes(&SHOP, "binlog.000001", Box::leak(bytes.into_boxed_slice()));
    now(async {
        source.open(None).await.expect("it opens");
        let mut steps: Vec<Step> = Vec::new();
        loop {
            match source.next().await {
                Ok(Some(step)) => steps.push(step),
                Ok(None) => panic!("{what}: it is read to its end"),
                Err(error) => {
                    assert!(whole.starts_with(&steps), "{what}: {} steps", steps.len());
                    assert!(!error.is_transient() && !error.help.is_empty(), "{what}: {error}");
                    return error;
                }
            }
        }
    })
}

#[test]
fn a_type_that_nobody_knows_halts_unless_it_says_that_it_may_be_passed_over() {
    let whole = now(all(&mut recording(), None)).expect("whole");
    // Between two transactions, and in the middle of one.
    for at in [behind(XID), behind(TABLE_MAP)] {
        let unknown = (0..=u8::MAX).filter(|kind| !KNOWN.iter().any(|known| known.contains(kind)));
        let mut tried = 0;
        for kind in unknown {
            let error = refused("an unknown type", with(at, &event(at, kind, 0, b"rows, perhaps")));
            assert_eq!(error.code, "C-132", "{kind}: {error}");
            let place = format!("`binlog.000001:{at}`");
            assert!(error.message.contains(&place), "{error}");
            assert!(error.message.contains(&format!("unknown type {kind},")), "{error}");
            assert!(error.help.contains("use a version of this service"), "{error}");
            let ignorable = steps_of(with(at, &event(at, kind, 0x80, b"nothing of ours")));
            assert_eq!(ignorable.expect("it is passed over").len(), whole.len(), "{kind}");
            tried += 1;
        }
        assert!(tried > 150, "{tried}");
    }
}

#[test]
fn what_may_carry_rows_and_cannot_be_told_is_a_halt_with_its_code_its_place_and_a_way_on() {
    let rows = rows_kind();
    let (between, described, inside) = (behind(XID), behind(TABLE_MAP), behind(rows));
    let id = &recorded(TABLE_MAP, 0).1[19..25];
    let of = |kind: u8, id: &[u8]| event(described, kind, 0, &[id, &[0; 10]].concat());
    let again = |at: usize, kind: u8| {
        let (_, whole) = recorded(kind, 0);
        event(at, kind, 0, &whole[19..whole.len() - 4])
    };
    let map = again(between, TABLE_MAP);
    let loose = [map.as_slice(), &again(between + map.len(), rows)].concat();
    let (end, xid) = recorded(XID, 0);
    let unended = [&RECORDING[..end], &RECORDING[end + xid.len()..]].concat();
    let (anew, check) = ("`source.shop.incarnation = ", "mariadb-binlog");
    type Case<'c> = (&'c str, Vec<u8>, &'c str, usize, &'c str, &'c str);
    let mut cases: Vec<Case<'_>> = vec![
        (
            "a table map that is cut short",
            with(described, &event(described, TABLE_MAP, 0, &[1, 2, 3])),
            "C-130",
            described,
            "cut short",
            check,
        ),
        (
            "a compressed statement",
            with(between, &event(between, MARIA_QUERY_COMPRESSED, 0, &query(0, ""))),
            "C-133",
            between,
            "in the form 165",
            "SET GLOBAL log_bin_compress = OFF",
        ),
        (
            "a part of a document",
            with(described, &of(PARTIAL_UPDATE_ROWS, id)),
            "C-133",
            described,
            "`orders` in the form 39",
            "SET GLOBAL binlog_row_value_options = ''",
        ),
        (
            "rows of a table that was not described",
            with(described, &of(rows, &[0xee; 6])),
            "C-134",
            described,
            "not described",
            anew,
        ),
        (
            "rows of no transaction",
            with(between, &loose),
            "C-134",
            between + map.len(),
            "no transaction",
            anew,
        ),
        (
            "an XA transaction that is prepared",
            with(inside, &event(inside, XA_PREPARE, 0, &[0])),
            "C-135",
            inside,
            "prepared",
            "`XA RECOVER`",
        ),
        (
            "a statement",
            with(between, &event(between, QUERY, 0, &query(0, "UPDATE orders SET total = 0"))),
            "C-136",
            between,
            "as a statement",
            "SET GLOBAL binlog_format = 'ROW'",
        ),
        (
            "a file that is loaded",
            with(between, &event(between, EXECUTE_LOAD_QUERY, 0, &query(13, "LOAD DATA INFILE 'x'"))),
            "C-136",
            between,
            "as a statement",
            "SET GLOBAL binlog_format = 'ROW'",
        ),
        (
            "an incident",
            with(between, &event(between, INCIDENT, 0, &[1, 0, 0])),
            "C-137",
            between,
            "lost events",
            anew,
        ),
        (
            "a transaction that is rolled back",
            with(inside, &event(inside, QUERY, 0, &query(0, "ROLLBACK"))),
            "C-138",
            inside,
            "takes back",
            "InnoDB",
        ),
        (
            "a savepoint that is gone back to",
            with(inside, &event(inside, QUERY, 0, &query(0, "ROLLBACK TO `here`"))),
            "C-138",
            inside,
            "takes back",
            anew,
        ),
        ("a transaction without its end", unended, "C-139", end, "neither commits", anew),
        (
            "a server that starts in the middle of a transaction",
            with(inside, &event(inside, FORMAT_DESCRIPTION, 0, &recorded(FORMAT_DESCRIPTION, 0).1[19..])),
            "C-139",
            inside,
            "neither commits",
            anew,
        ),
        (
            "a transaction that begins in another",
            with(inside, &event(inside, MARIA_GTID, 0, &recorded(MARIA_GTID, 1).1[19..32])),
            "C-139",
            inside,
            "neither commits",
            anew,
        ),
    ];
    for kind in 166..=171 {
        let help = "SET GLOBAL log_bin_compress = OFF";
        let said = ["`orders` in the form", "an unknown table in the form"];
        cases.push(("compressed rows", with(described, &of(kind, id)), "C-133", described, said[0], help));
        cases.push((
            "compressed rows",
            with(described, &of(kind, &[0xee; 6])),
            "C-133",
            described,
            said[1],
            help,
        ));
    }
    for (what, bytes, code, at, says, help) in cases {
        let error = refused(what, bytes);
        assert_eq!(error.code, code, "{what}: {error}");
        assert!(error.message.contains(&format!("`binlog.000001:{at}`")), "{what}, at {at}: {error}");
        assert!(error.message.contains(says), "{what}: {error}");
        assert!(error.help.contains(help), "{what}: {error}");
    }
}

#[test]
fn what_takes_nothing_back_of_ours_is_passed_over() {
    let whole = now(all(&mut recording(), None)).expect("whole").len();
    let begun = behind(MARIA_GTID);
    let savepoint = with(begun, &event(begun, QUERY, 0, &query(0, "ROLLBACK TO `here`")));
    assert_eq!(steps_of(savepoint).expect("nothing was handed out yet").len(), whole);
    let elsewhere = [&[0; 8][..], &[5, 0, 0, 0, 0], b"other\0UPDATE t SET a = 1"].concat();
    let statement = with(behind(XID), &event(behind(XID), QUERY, 0, &elsewhere));
    assert_eq!(steps_of(statement).expect("another database").len(), whole);
}

#[test]
fn what_does_not_agree_with_its_checksum_or_is_encrypted_is_never_guessed_at() {
    let (at, event) = recorded(rows_kind(), 0);
    let mut flipped = RECORDING.to_vec();
    flipped[at + event.len() / 2] ^= 1;
    let error = refused("a flipped bit", flipped);
    assert_eq!(error.code, "C-131", "{error}");
    assert!(error.message.contains(&format!("`binlog.000001:{at}`")), "{error}");

    // MariaDB encrypts what follows this event, all but each one's length.
    let from = behind(FORMAT_DESCRIPTION);
    let said = self::event(from, MARIA_START_ENCRYPTION, 0, &[1; 17]);
    let mut encrypted = with(from, &said);
    for place in places().windows(2).filter(|place| place[0] >= from) {
        let range = place[0] + said.len()..place[1] + said.len();
        let bytes = encrypted[range].iter_mut().enumerate();
        bytes.filter(|(at, _)| !(9..13).contains(at)).for_each(|(_, byte)| *byte ^= 0x5a);
    }
    let error = refused("MariaDB's encryption", encrypted);
    assert_eq!(error.code, "C-131", "{error}");
    assert!(error.message.contains(&format!("`binlog.000001:{}`", from + said.len())), "{error}");
    // MySQL's whole file begins differently.
    let mysql = steps_of([b"\xfdbin", &RECORDING[4..]].concat()).expect_err("refused");
    assert_eq!(mysql.code, "C-160", "{mysql}");
    assert!(mysql.help.contains("mysqlbinlog --raw"), "{mysql}");
}
