//! What parking promises: order by key and policy, and nothing kept of partitions that have gone.

use super::*;
use crate::flow::dispatch::job::{Hands, Kind};
use crate::flow::dispatch::tracker::{Step, Track, Tracker};
use crate::log::Record;

const LATER: Duration = Duration::from_secs(60);

fn record(offset: i64, key: &str) -> Record {
    let (topic, key) = ("events".into(), Some(key.as_bytes().to_vec()));
    Record { topic, partition: 0, offset, key, headers: vec![], body: None, written_at: 0 }
}

/// A record in work on its way to the parking.
fn job(track: &Arc<Track>, offset: i64, key: &str) -> Job {
    let kind = Kind::Poison("D-001", String::new());
    let job =
        Job::new(kind, record(offset, key), track.clone(), Hands::Many(Vec::new()), None, Instant::now());
    track.steps([(offset, Step::Take(job.bytes))]);
    job.park();
    job
}

fn tracked() -> (Tracker, Arc<Track>) {
    let mut tracker = Tracker::default();
    let track = tracker.track(&("events".into(), 0));
    (tracker, track)
}

fn first_offset(parking: &Parking, spot: Spot) -> Option<i64> {
    parking.first(spot).map(|(waiting, _)| waiting.job.record.offset)
}

#[tokio::test]
async fn records_of_a_key_go_on_in_order_and_count_once_all_policies_are_through() {
    let (tracker, track) = tracked();
    let parking = Parking::new(Duration::ZERO);
    let (one, two) = (job(&track, 0, "k"), job(&track, 1, "k"));
    let key = one.key;
    // Two policies have failed at the first record; the second one waits for one of them alone.
    parking.add(one, &[(0, true), (1, true)], Instant::now());
    parking.add(two, &[(0, false)], Instant::now());
    assert!(parking.has((0, key)) && parking.has((1, key)) && !parking.has((2, key)));
    let amount = parking.of(0, Instant::now());
    assert_eq!((parking.keys(), amount.keys, amount.records), (2, 1, 2));
    let first = parking.next().await.unwrap();
    let other = parking.next().await.unwrap();
    assert_eq!((first.1, other.1, first.0 + other.0), (key, key, 1), "each key to one caller");
    let (zero, _) = parking.first((0, key)).unwrap();
    assert!(!parking.through((0, key), &zero), "the other policy has yet to do it");
    assert_eq!(first_offset(&parking, (0, key)), Some(1));
    let (zero, tried) = parking.first((1, key)).unwrap();
    assert!(tried && parking.through((1, key), &zero));
    zero.job.unparked();
    assert_eq!(first_offset(&parking, (1, key)), None);
    assert!(!parking.has((1, key)) && parking.has((0, key)));
    assert_eq!(tracker.due().values().map(|mark| mark.next).collect::<Vec<_>>(), [1], "the second one waits");
}

#[tokio::test]
async fn a_key_that_failed_again_is_tried_after_the_pause_and_others_before() {
    let (_tracker, track) = tracked();
    let parking = Parking::new(LATER);
    let (bad, good) = (job(&track, 0, "bad"), job(&track, 1, "good"));
    let (bad_key, good_key) = (bad.key, good.key);
    parking.add(bad, &[(0, true)], Instant::now());
    // What was not tried has only waited: its turn is at once.
    parking.add(good, &[(0, false)], Instant::now());
    assert_eq!(parking.next().await, Some((0, good_key)));
    parking.failed((0, good_key), Instant::now());
    assert_eq!(parking.first((0, good_key)).map(|(_, tried)| tried), Some(true));
    let soon = Duration::from_millis(20);
    assert!(tokio::time::timeout(soon, parking.next()).await.is_err(), "both wait for their time");
    assert!(parking.has((0, bad_key)));
    parking.close();
    assert_eq!(parking.next().await, None);
}

#[test]
fn nothing_is_kept_of_a_partition_that_has_gone() {
    let (mut tracker, track) = tracked();
    let parking = Parking::new(LATER);
    let gone = job(&track, 0, "k");
    let key = gone.key;
    parking.add(gone, &[(0, true)], Instant::now());
    tracker.revoke(&[("events".into(), 0)]);
    // It came back, with the same record.
    let track = tracker.track(&("events".into(), 0));
    parking.add(job(&track, 0, "k"), &[(0, false)], Instant::now());
    parking.forget_gone();
    assert_eq!(parking.of(0, Instant::now()).records, 1);
    tracker.forget();
    parking.forget_gone();
    assert_eq!((parking.keys(), parking.has((0, key))), (0, false));
}
