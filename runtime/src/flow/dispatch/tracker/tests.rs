//! What a tracker promises, by example and as a property.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const PARK: ParkLimits = ParkLimits { records: 3, bytes: 100, ahead: 1_000, full: false };
const LIMITS: Limits = Limits { records: 4, bytes: 1 << 20, park: PARK };

fn place() -> Place {
    ("events".into(), 0)
}

fn taken(track: &Track, offsets: impl IntoIterator<Item = i64>) {
    track.steps(offsets.into_iter().map(|offset| (offset, Step::Take(10))));
}

/// The pressure after the overload has lasted.
fn lasting(tracker: &Tracker, limits: Limits) -> Pressure {
    let first = tracker.pressure(limits, Instant::now());
    let then = tracker.pressure(limits, Instant::now() + BRIEF);
    Pressure { resume: [first.resume, then.resume].concat(), ..then }
}

#[test]
fn finished_records_behind_a_stuck_one_are_bounded() {
    let mut tracker = Tracker::default();
    let track = tracker.track(&place());
    taken(&track, 0..512);
    (1..512).for_each(|offset| track.done([(offset, 10)]));
    assert_eq!(lasting(&tracker, LIMITS).pause, [place()], "511 records wait for one");
    track.done([(0, 10)]);
    assert_eq!(lasting(&tracker, LIMITS).resume, [place()]);
}

#[test]
fn commits_go_up_to_the_first_gap() {
    let mut tracker = Tracker::default();
    let track = tracker.track(&place());
    taken(&track, [5, 6]);
    track.steps([(7, Step::Pass)]);
    track.done([(6, 10)]);
    assert!(tracker.due().is_empty(), "5 is still in work");
    track.done([(5, 10)]);
    assert_eq!(tracker.due()[&place()].next, 8);
    let due = tracker.due();
    tracker.stored(&due);
    assert!(tracker.due().is_empty());
}

#[test]
fn a_full_partition_is_paused_until_half_is_done() {
    let mut tracker = Tracker::default();
    let track = tracker.track(&place());
    taken(&track, 0..4);
    let now = tracker.pressure(LIMITS, Instant::now());
    assert!(now.hold && now.pause.is_empty(), "what passes at once needs no pause");
    assert_eq!(lasting(&tracker, LIMITS).pause, [place()]);
    track.done([(0, 10)]);
    assert!(lasting(&tracker, LIMITS).resume.is_empty());
    track.done([(1, 10)]);
    assert_eq!(lasting(&tracker, LIMITS).resume, [place()]);
}

#[test]
fn a_few_large_records_are_too_much_as_well() {
    let mut tracker = Tracker::default();
    let track = tracker.track(&place());
    track.steps([(0, Step::Take(1 << 20))]);
    assert_eq!(lasting(&tracker, LIMITS).pause, [place()]);
    track.done([(0, 1 << 20)]);
    assert_eq!(lasting(&tracker, LIMITS).resume, [place()]);
}

#[test]
fn what_is_parked_holds_the_commit_and_nobody_else() {
    let mut tracker = Tracker::default();
    let track = tracker.track(&place());
    taken(&track, 0..800);
    track.park(10);
    (1..800).for_each(|offset| track.done([(offset, 10)]));
    assert_eq!(tracker.in_work(), 0, "a service that stops does not wait for what is parked");
    let now = lasting(&tracker, LIMITS);
    assert!(now.pause.is_empty() && !now.parked, "799 are done ahead of it, and more may be");
    assert!(tracker.due().is_empty());
    track.unparked(0, 10);
    assert_eq!((tracker.due()[&place()].next, tracker.in_work()), (800, 0));
}

#[test]
fn what_is_parked_is_bounded_by_records_bytes_and_what_is_done_ahead() {
    for (parked, bytes, ahead) in [(3, 10, 0), (2, 50, 0), (1, 10, 999)] {
        let mut tracker = Tracker::default();
        let track = tracker.track(&place());
        track.steps((0..parked).map(|offset| (offset, Step::Take(bytes))));
        (0..parked).for_each(|_| track.park(bytes));
        taken(&track, parked..parked + ahead);
        (parked..parked + ahead).for_each(|offset| track.done([(offset, 10)]));
        let full = lasting(&tracker, LIMITS);
        assert!(full.parked && full.pause == [place()], "{parked} of {bytes} bytes, {ahead} ahead");
        track.unparked(0, bytes);
        let less = lasting(&tracker, LIMITS);
        assert!(!less.parked && less.resume == [place()], "{parked} of {bytes} bytes, {ahead} ahead");
    }
    let mut tracker = Tracker::default();
    taken(&tracker.track(&place()), [0]);
    let park = ParkLimits { full: true, ..PARK };
    assert_eq!(
        lasting(&tracker, Limits { park, ..LIMITS }).pause,
        [place()],
        "too many keys, of any partition"
    );
}

#[test]
fn work_of_a_partition_that_went_and_came_back_counts_for_nothing() {
    let mut tracker = Tracker::default();
    let before = tracker.track(&place());
    taken(&before, [3]);
    assert!(tracker.revoke(&[place()]).is_empty());
    assert!(before.is_gone());
    taken(&tracker.track(&place()), [3]);
    before.done([(3, 10)]);
    assert!(tracker.due().is_empty());
}

/// What a member commits that has room for `longest_word` bytes beside its offset.
fn given(longest_word: usize, mark: &Mark) -> (Tracker, Arc<Track>) {
    let mut tracker = Tracker::new(longest_word);
    tracker.begin(&place(), mark).unwrap();
    let track = tracker.track(&place());
    (tracker, track)
}

#[test]
fn what_is_done_behind_a_gap_is_committed_beside_it_and_kept_until_it_is_read() {
    let first = Mark { next: 10, word: String::new() };
    let (tracker, track) = given(3_500, &first);
    assert!(tracker.due().is_empty(), "it is stored already");
    taken(&track, [10, 11, 14]);
    assert_eq!(tracker.due()[&place()].next, 10, "12 and 13 are not there: nobody need look for them");
    track.steps([(15, Step::Pass)]);
    track.done([(14, 10)]);
    let due = tracker.due();
    tracker.stored(&due);
    assert!(tracker.due().is_empty());

    // The next member reads 10 alone, and tells of the rest all the same.
    let (tracker, track) = given(3_500, &due[&place()]);
    let mut before = track.before();
    assert_eq!((10..20).filter(|offset| before.has(*offset)).collect::<Vec<_>>(), [12, 13, 14, 15]);
    assert!(tracker.due().is_empty());
    taken(&track, [10]);
    track.done([(10, 10)]);
    let (_, track) = given(3_500, &tracker.due()[&place()]);
    let mut before = track.before();
    assert_eq!((11..20).filter(|offset| before.has(*offset)).collect::<Vec<_>>(), [12, 13, 14, 15]);
}

#[test]
fn a_word_that_says_nothing_here_is_passed_by() {
    let mut tracker = Tracker::new(3_500);
    let mark = Mark { next: 10, word: "somebody's".into() };
    assert_eq!(tracker.begin(&place(), &mark), Err(Foreign));
    let track = tracker.track(&place());
    assert!(!(0..50).any(|offset| track.before().has(offset)));
    assert_eq!(tracker.due()[&place()], Mark { next: 10, word: String::new() }, "it is not kept");
    let (tracker, track) = given(0, &Mark { next: 10, word: String::new() });
    taken(&track, [10, 11]);
    track.done([(11, 10)]);
    assert!(tracker.due().is_empty(), "no room, no word");
}

proptest! {
    /// Through restarts after each of which the log is read on from what was committed: what is done is not done again
    /// while there is room to say so, and nothing is passed by that was not done.
    #[test]
    fn what_was_done_before_a_death_is_not_done_again(
        gaps in prop::collection::vec(1_i64..4, 1..150),
        lives in prop::collection::vec(
            (1_usize..150, prop::collection::vec(any::<prop::sample::Index>(), 0..100), any::<bool>()), 1..6),
        room in prop::sample::select(vec![0_usize, 40, 100_000]),
    ) {
        let log: Vec<i64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
        let (mut stored, mut done, mut committed) =
            (Mark::default(), BTreeSet::new(), BTreeSet::new());
        for (read, order, passes) in lives {
            let (tracker, track) = given(room, &stored);
            let (mut before, mut open) = (track.before(), BTreeSet::new());
            for offset in log.iter().filter(|offset| **offset >= stored.next).take(read) {
                if before.has(*offset) {
                    prop_assert!(committed.contains(offset), "{offset} is passed by");
                    track.steps([(*offset, Step::Pass)]);
                } else if passes && offset % 5 == 0 {
                    done.insert(*offset);
                    track.steps([(*offset, Step::Pass)]);
                } else {
                    prop_assert!(room < 100_000 || !committed.contains(offset), "{offset} is done again");
                    open.insert(*offset);
                    track.steps([(*offset, Step::Take(10))]);
                }
            }
            for index in order {
                if open.is_empty() { break }
                let offset = *open.iter().nth(index.index(open.len())).unwrap();
                open.remove(&offset);
                done.insert(offset);
                track.done([(offset, 10)]);
            }
            if let Some(mark) = tracker.due().remove(&place()) {
                prop_assert!(mark.next >= stored.next && mark.word.len() <= room);
                stored = mark;
                committed = done.clone();
            }
            prop_assert!(log.iter().all(|offset| *offset >= stored.next || committed.contains(offset)));
        }
    }

    /// Whatever is taken, passed over and finished in whatever order: the committed offset never passes a record that is
    /// not done, and when all are done nothing is left out.
    #[test]
    fn no_commit_passes_an_unfinished_record(
        records in prop::collection::vec((1_i64..4, any::<bool>()), 1..200),
        order in prop::collection::vec(any::<prop::sample::Index>(), 200),
        batch in 1_usize..20,
    ) {
        let mut tracker = Tracker::default();
        let track = tracker.track(&place());
        let (mut offset, mut open, mut order) = (0, BTreeSet::new(), order.into_iter());
        for batch in records.chunks(batch) {
            let mut steps = Vec::new();
            for (gap, take) in batch {
                // Offsets have gaps: transaction markers, compaction.
                offset += gap;
                steps.push((offset, if *take { Step::Take(10) } else { Step::Pass }));
                if *take {
                    open.insert(offset);
                }
            }
            track.steps(steps);
            for _ in 0..batch.len() / 2 {
                let (Some(index), false) = (order.next(), open.is_empty()) else { break };
                let done = *open.iter().nth(index.index(open.len())).unwrap();
                open.remove(&done);
                track.done([(done, 10)]);
                let next = tracker.due().get(&place()).map_or(0, |mark| mark.next);
                prop_assert!(open.first().is_none_or(|first| next <= *first), "{next} passes {open:?}");
                prop_assert_eq!(tracker.in_work(), open.len());
            }
        }
        open.iter().for_each(|done| track.done([(*done, 10)]));
        prop_assert_eq!(tracker.due()[&place()].next, offset + 1);
        prop_assert_eq!(tracker.in_work(), 0);
    }
}
