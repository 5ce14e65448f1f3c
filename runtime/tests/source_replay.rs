//! The shop's recording: the same steps whole, resumed or paced, and no damage to it is ever worse than an error.

#[path = "source_replay/made_up.rs"]
mod made_up;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use proptest::prelude::*;
use storm_runtime::change::Op;
use storm_runtime::source::replay::ReplaySource;
use storm_runtime::source::{Position, Source, SourceError, Step};
use storm_runtime::spec::{ColumnSpec, SourceSpec, TableSpec, Wire};
use tokio::sync::Semaphore;

static RECORDING: &[u8] = include_bytes!("../../models/shop/recording/binlog.000001");

const fn column(name: &'static str, field: u32, wire: Wire) -> ColumnSpec {
    ColumnSpec { name, field, wire }
}

static SHOP: SourceSpec = SourceSpec {
    name: "shop",
    databases: "shop",
    tenant: false,
    tables: &[
        TableSpec {
            table: "orders",
            message: "shop.ordering.v1.OrdersChange",
            key: &["id"],
            columns: &[
                column("id", 1, Wire::Uuid),
                column("customer_id", 2, Wire::Uuid),
                column("email", 3, Wire::String),
                column("status", 4, Wire::Enum),
                column("lines", 5, Wire::Json),
                column("total", 6, Wire::Decimal { scale: 2 }),
                column("note", 7, Wire::String),
                column("tracking_code", 8, Wire::String),
                column("cancel_reason", 9, Wire::String),
                column("placed_at", 10, Wire::Timestamp),
                column("updated_at", 11, Wire::Timestamp),
            ],
        },
        TableSpec {
            table: "reservations",
            message: "shop.inventory.v1.ReservationsChange",
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

async fn all(source: &mut ReplaySource, from: Option<Position>) -> Result<Vec<Step>, SourceError> {
    source.open(from).await?;
    let mut steps = Vec::new();
    while let Some(step) = source.next().await? {
        steps.push(step);
    }
    Ok(steps)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(future)
}

fn recording() -> ReplaySource {
    ReplaySource::from_bytes(&SHOP, "binlog.000001", RECORDING)
}

#[test]
fn the_morning_in_the_shop() {
    let steps = now(all(&mut recording(), None)).expect("whole");
    let rows: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Row(row) => Some((row.table, row.op, row.key.as_str())),
            _ => None,
        })
        .collect();
    let ada = "0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01";
    assert_eq!(rows[0], (0, Op::Inserted, ada));
    assert_eq!(rows[1], (1, Op::Inserted, format!("{ada}\u{1f}teapot-blue").as_str()));
    assert_eq!(rows[3], (0, Op::Updated, ada));
    assert_eq!(rows.iter().filter(|(table, _, _)| *table == 0).count(), 9);
    assert_eq!(rows.iter().filter(|(table, _, _)| *table == 1).count(), 4);
    // The story is told at its own time: 2026-11-20 08:01:12 UTC.
    assert!(
        matches!(&steps[0], Step::Begin { gtid, at: 1_795_161_672_000_000 } if gtid == "0-1-1"),
        "{:?}",
        steps[0]
    );
}

#[test]
fn resuming_after_any_commit_gives_the_rest() {
    let steps = now(all(&mut recording(), None)).expect("whole");
    let commits = steps.iter().enumerate().filter_map(|(at, step)| match step {
        Step::Commit(position) => Some((at, position.clone())),
        _ => None,
    });
    let mut tried = 0;
    for (at, position) in commits {
        let rest = now(all(&mut recording(), Some(position))).expect("whole");
        assert_eq!(rest, steps[at + 1..]);
        tried += 1;
    }
    assert_eq!(tried, 13);
}

#[test]
fn a_file_is_the_same_as_its_bytes_and_two_follow_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["binlog.000001", "binlog.000002"].map(|name| folder.path().join(name));
    paths.iter().for_each(|path| std::fs::write(path, RECORDING).expect("written"));
    let once = now(all(&mut recording(), None)).expect("whole");
    let from_file = now(all(&mut ReplaySource::from_files(&SHOP, &paths[..1]), None)).expect("whole");
    assert_eq!(once, from_file);
    let twice = now(all(&mut ReplaySource::from_files(&SHOP, &paths), None)).expect("whole");
    assert_eq!(twice.len(), 2 * once.len());
    let last = twice.iter().rev().find_map(|step| match step {
        Step::Commit(position) => Some(position.file.as_str()),
        _ => None,
    });
    assert_eq!(last, Some("binlog.000002"));
}

#[test]
fn nothing_that_is_recorded_is_no_change_and_a_recording_may_follow() {
    let mut nothing = ReplaySource::from_files(&SHOP, &[] as &[&str]);
    let place = now(nothing.open(None)).expect("opens");
    assert_eq!(now(all(&mut nothing, Some(place.clone()))).expect("whole"), []);
    let once = now(all(&mut recording(), None)).expect("whole");
    assert_eq!(now(all(&mut recording(), Some(place))).expect("whole"), once);
}

#[tokio::test]
async fn a_gate_lets_one_transaction_through_a_permit() {
    let gate = Arc::new(Semaphore::new(0));
    let mut source = recording().paced(Arc::clone(&gate));
    source.open(None).await.expect("opens");
    for _ in 0..2 {
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(source.next()).poll(&mut context).is_pending(), "it waits for a permit");
        gate.add_permits(1);
        let mut steps = 0;
        while !matches!(source.next().await, Ok(Some(Step::Commit(_)))) {
            steps += 1;
        }
        assert_eq!(steps, 2, "a begin and a row");
    }
    gate.close();
    let mut rest = 0;
    while source.next().await.expect("whole").is_some() {
        rest += 1;
    }
    assert_eq!(rest, 3 * 11);
}

#[test]
fn what_is_no_recording_is_refused() {
    let refused = |bytes: &'static [u8]| {
        now(all(&mut ReplaySource::from_bytes(&SHOP, "x", bytes), None)).expect_err("refused").code
    };
    assert_eq!(refused(b""), "C-160");
    assert_eq!(refused(b"no binary log"), "C-160");
    assert_eq!(refused(b"\xfebin"), "C-130");
    let absent = now(all(&mut ReplaySource::from_files(&SHOP, &["/nowhere/binlog.000001"]), None));
    assert_eq!(absent.expect_err("refused").code, "C-160");
    let elsewhere = Position { file: "y".into(), ..now(recording().open(None)).expect("opens") };
    assert_eq!(now(all(&mut recording(), Some(elsewhere))).expect_err("refused").code, "C-111");
}

/// The places where events start, and the end.
fn places() -> Vec<usize> {
    let mut places = vec![4];
    while let Some(size) = RECORDING.get(places[places.len() - 1]..).and_then(|rest| rest.get(9..13)) {
        let size = u32::from_le_bytes(size.try_into().expect("four"));
        places.push(places[places.len() - 1] + size as usize);
    }
    places
}

fn steps_of(bytes: Vec<u8>) -> Result<Vec<Step>, SourceError> {
    // Proptest's cases are many and small; what they leak is freed with the test.
    now(all(&mut ReplaySource::from_bytes(&SHOP, "binlog.000001", Box::leak(bytes.into_boxed_slice())), None))
}

/// Puts the right checksum under an event again, so that the damage reaches the decoders.
fn mend(event: &mut [u8]) {
    let end = event.len() - 4;
    let sum = crc32fast::hash(&event[..end]);
    event[end..].copy_from_slice(&sum.to_le_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_recording_ends_or_is_refused(length in 0..RECORDING.len()) {
        let whole = now(all(&mut recording(), None)).expect("whole");
        match steps_of(RECORDING[..length].to_vec()) {
            Ok(steps) => prop_assert!(whole.starts_with(&steps) && places().contains(&length)),
            Err(error) => prop_assert!(["C-130", "C-160"].contains(&error.code), "{error}"),
        }
    }

    #[test]
    fn a_flipped_bit_is_always_seen(at in 4..RECORDING.len(), bit in 0..8u8) {
        let mut bytes = RECORDING.to_vec();
        bytes[at] ^= 1 << bit;
        // The one bit that is no part of any checksum says that a file is still being written.
        let in_use = places().iter().any(|place| at == place + 17) && bit == 0;
        prop_assert!(steps_of(bytes).is_err() || in_use || at < places()[1]);
    }

    #[test]
    fn damage_under_a_right_checksum_never_panics(
        event in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        raw in prop::option::of(any::<u8>()),
    ) {
        let places = places();
        let event = event.index(places.len() - 1);
        let mut bytes = RECORDING.to_vec();
        let damaged = &mut bytes[places[event]..places[event + 1]];
        for (at, value) in edits {
            let at = 19 + at.index(damaged.len() - 23);
            damaged[at] = value;
        }
        if let Some(raw) = raw {
            damaged[4] = raw;
        }
        mend(damaged);
        let _ = steps_of(bytes);
    }

    #[test]
    fn events_of_random_bytes_never_panic(
        kind in prop::sample::select(vec![2u8, 4, 15, 16, 18, 19, 23, 24, 25, 30, 31, 32, 33, 34, 38, 39, 40, 42, 162, 166]),
        body in prop::collection::vec(any::<u8>(), 0..200),
        after in any::<prop::sample::Index>(),
    ) {
        let places = places();
        let after = places[after.index(places.len())];
        let size = u32::try_from(19 + body.len() + 4).expect("small").to_le_bytes();
        let mut event = [&[0, 0, 0, 0, kind, 1, 0, 0, 0][..], &size, &[1, 0, 0, 0, 0, 0], &body, &[0; 4]].concat();
        mend(&mut event);
        let bytes = [&RECORDING[..after], &event, &RECORDING[after..]].concat();
        let _ = steps_of(bytes);
    }
}
