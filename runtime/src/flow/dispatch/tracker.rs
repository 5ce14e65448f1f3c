//! What is in work, by partition: offsets are committed up to the first gap, with a word on what is done behind it, and a
//! partition with too much in work is paused until half of it is done. The poll thread tells of whole batches, so a record
//! costs no lock of its own there.
//! It must not know: what the work is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ahead::{self, Ahead, Foreign, Range};
use crate::log::kafka::{Mark, Marks};

/// A topic's partition.
pub(super) type Place = (Arc<str>, i32);

/// Overload that passes within this time is waited for; a pause costs what was fetched ahead.
const BRIEF: Duration = Duration::from_millis(20);

/// The partitions that this member has.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    places: BTreeMap<Place, Arc<Track>>,
    /// How long the word beside a committed offset may be, in bytes.
    longest_word: usize,
}

/// One partition, from its assignment to its revocation.
#[derive(Debug, Default)]
pub(super) struct Track {
    gone: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Records behind the first one that is not done, by offset.
    taken: VecDeque<Taken>,
    /// Everything below is done.
    next: i64,
    /// What is committed, as far as it is known.
    stored: Mark,
    /// It is: the partition was given with its mark.
    begun: bool,
    /// What was done behind it before it was given.
    before: Ahead,
    in_work: usize,
    bytes: usize,
    /// Records that are parked or wait behind one that is: neither in work nor done.
    parked: usize,
    parked_bytes: usize,
    over_since: Option<Instant>,
    paused: bool,
}

#[derive(Debug)]
struct Taken {
    offset: i64,
    done: bool,
    /// The next offset after it and after what was passed over behind it.
    next: i64,
}

/// What a batch says of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes into work, and weighs so much.
    Take(usize),
    /// It is of no interest.
    Pass,
}

/// How much of a partition may be in work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) records: usize,
    pub(super) bytes: usize,
    pub(super) park: ParkLimits,
}

/// How much of a partition may be parked.
#[derive(Debug, Clone, Copy)]
pub(super) struct ParkLimits {
    pub(super) records: usize,
    pub(super) bytes: usize,
    /// Records that may be read behind the first one that is parked.
    pub(super) ahead: usize,
    /// As many keys are parked as may be, whichever partition they are of.
    pub(super) full: bool,
}

/// What to do about the load.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    pub(super) pause: Vec<Place>,
    pub(super) resume: Vec<Place>,
    /// Some work is going on.
    pub(super) busy: bool,
    /// A partition has too much in work since a moment ago: wait a little before polling.
    pub(super) hold: bool,
    /// So much is parked that a partition cannot be read on.
    pub(super) parked: bool,
    /// So many records may come without any partition having too much.
    pub(super) room: usize,
}

impl State {
    fn step(&mut self, offset: i64, step: Step) {
        match (step, self.taken.back_mut()) {
            (Step::Take(bytes), _) => {
                self.taken.push_back(Taken { offset, done: false, next: offset + 1 });
                self.in_work += 1;
                self.bytes += bytes;
            }
            (Step::Pass, Some(last)) => last.next = offset + 1,
            (Step::Pass, None) => self.next = offset + 1,
        }
    }

    fn done(&mut self, offset: i64, bytes: usize) {
        let Ok(index) = self.taken.binary_search_by_key(&offset, |taken| taken.offset) else { return };
        if !std::mem::replace(&mut self.taken[index].done, true) {
            self.in_work -= 1;
            self.bytes = self.bytes.saturating_sub(bytes);
        }
        while let Some(first) = self.taken.front().filter(|first| first.done) {
            self.next = first.next;
            self.taken.pop_front();
        }
    }

    /// What is to be committed.
    fn mark(&self, longest_word: usize) -> Mark {
        let word = if longest_word > 0 {
            ahead::write(self.next, self.ahead(), longest_word)
        } else {
            String::new()
        };
        Mark { next: self.next, word }
    }

    /// What is done behind the first record that is not: between two that came, none comes any more.
    fn ahead(&self) -> impl Iterator<Item = Range> {
        let read = self.taken.back().map_or(self.next, |last| last.next);
        let open = self.taken.iter().filter(|taken| !taken.done).map(|taken| taken.offset);
        let mut from = None;
        let between = open.chain([read]).filter_map(move |open| Some((from.replace(open + 1)?, open)));
        between.chain(self.before.behind(read))
    }

    /// True when so much is parked here, or done ahead of what is, that nothing more may be read.
    fn is_parked_full(&self, limits: ParkLimits) -> bool {
        let here = self.parked >= limits.records
            || self.parked_bytes >= limits.bytes
            || self.taken.len() >= limits.ahead;
        limits.full || (self.parked > 0 && here)
    }

    /// How many times the limit is reached, in halves: 2 and more is too much, 1 and less is little.
    fn load(&self, limits: Limits) -> usize {
        // Behind one record that is stuck, finished ones pile up: they are bounded too.
        let behind = if self.parked == 0 { self.taken.len() / 64 } else { 0 };
        let records = self.in_work.max(behind);
        let halves = |n: usize, limit: usize| if n >= limit { 2 } else { usize::from(n > limit / 2) };
        halves(records, limits.records).max(halves(self.bytes, limits.bytes))
    }
}

impl Track {
    /// What a batch brought of this partition, in order of offsets.
    pub(super) fn steps(&self, steps: impl IntoIterator<Item = (i64, Step)>) {
        let mut state = self.lock();
        steps.into_iter().for_each(|(offset, step)| state.step(offset, step));
    }

    /// The work of these records is done: their offsets, and what they weigh.
    pub(super) fn done(&self, records: impl IntoIterator<Item = (i64, usize)>) {
        let mut state = self.lock();
        records.into_iter().for_each(|(offset, bytes)| state.done(offset, bytes));
    }

    /// A record waits for long, with its key: it is not in work, and nothing behind it is committed.
    pub(super) fn park(&self, bytes: usize) {
        let mut state = self.lock();
        state.in_work = state.in_work.saturating_sub(1);
        state.bytes = state.bytes.saturating_sub(bytes);
        (state.parked, state.parked_bytes) = (state.parked + 1, state.parked_bytes + bytes);
    }

    /// A parked record's work is done.
    pub(super) fn unparked(&self, offset: i64, bytes: usize) {
        let mut state = self.lock();
        state.parked = state.parked.saturating_sub(1);
        state.parked_bytes = state.parked_bytes.saturating_sub(bytes);
        (state.in_work, state.bytes) = (state.in_work + 1, state.bytes + bytes);
        state.done(offset, bytes);
    }

    /// A record's work was given up because the service stops: its offset is never committed.
    pub(super) fn abandon(&self, bytes: usize) {
        let mut state = self.lock();
        state.in_work = state.in_work.saturating_sub(1);
        state.bytes = state.bytes.saturating_sub(bytes);
    }

    /// What was done before the partition was given to this member.
    pub(super) fn before(&self) -> Ahead {
        self.lock().before.clone()
    }

    /// True once the partition has gone to another member: its work counts for nothing.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracker {
    /// With words of at most so many bytes beside committed offsets.
    pub(super) fn new(longest_word: usize) -> Self {
        Self { longest_word, ..Self::default() }
    }

    /// The partition's track: from its first record on.
    pub(super) fn track(&mut self, place: &Place) -> Arc<Track> {
        self.places.entry(place.clone()).or_default().clone()
    }

    /// A partition was given, to be read on from this mark. What was done behind it is not done again.
    ///
    /// # Errors
    /// What stands beside the offset says nothing here: it is read on from the offset alone.
    pub(super) fn begin(&mut self, place: &Place, mark: &Mark) -> Result<(), Foreign> {
        let before = ahead::read(mark.next, &mark.word);
        let track = self.track(place);
        let mut state = track.lock();
        (state.next, state.begun) = (mark.next, true);
        state.stored = mark.clone();
        state.before = before.clone().unwrap_or_default();
        before.map(drop)
    }

    /// Marks that are not stored yet.
    pub(super) fn due(&self) -> Marks {
        let due = self.places.iter().filter_map(|(place, track)| {
            let state = track.lock();
            let mark = state.mark(self.longest_word);
            let is_due = mark.next > state.stored.next || (state.begun && mark != state.stored);
            is_due.then(|| (place.clone(), mark))
        });
        due.collect()
    }

    /// These are stored.
    pub(super) fn stored(&self, marks: &Marks) {
        for (place, mark) in marks {
            if let Some(track) = self.places.get(place) {
                track.lock().stored = mark.clone();
            }
        }
    }

    /// These partitions go: their work is told, and what is done of them is to be committed now.
    pub(super) fn revoke(&mut self, places: &[Place]) -> Marks {
        let due = self.due();
        for place in places {
            if let Some(track) = self.places.remove(place) {
                track.gone.store(true, Ordering::SeqCst);
            }
        }
        due.into_iter().filter(|(place, _)| places.contains(place)).collect()
    }

    /// Which partitions to pause and to resume at these limits.
    pub(super) fn pressure(&self, limits: Limits, now: Instant) -> Pressure {
        let mut pressure = Pressure { room: limits.records, ..Pressure::default() };
        for (place, track) in &self.places {
            let mut state = track.lock();
            pressure.busy |= state.in_work > 0;
            let is_parked_full = state.is_parked_full(limits.park);
            pressure.parked |= is_parked_full;
            let load = if is_parked_full { 2 } else { state.load(limits) };
            if load < 2 {
                pressure.room = pressure.room.min(limits.records.saturating_sub(state.in_work));
            }
            if load < 2 {
                state.over_since = None;
            }
            if state.paused && load == 0 {
                state.paused = false;
                pressure.resume.push(place.clone());
            } else if !state.paused && load == 2 {
                let since = *state.over_since.get_or_insert(now);
                if now.duration_since(since) >= BRIEF {
                    state.paused = true;
                    pressure.pause.push(place.clone());
                } else {
                    pressure.hold = true;
                }
            }
        }
        pressure
    }

    /// How many partitions are paused.
    pub(super) fn paused(&self) -> usize {
        self.places.values().filter(|track| track.lock().paused).count()
    }

    /// Lets go of every partition: work on their records counts for nothing.
    pub(super) fn forget(&mut self) {
        let places = self.places();
        self.revoke(&places);
    }

    /// Every partition.
    pub(super) fn places(&self) -> Vec<Place> {
        self.places.keys().cloned().collect()
    }

    /// How many records are in work.
    pub(super) fn in_work(&self) -> usize {
        self.places.values().map(|track| track.lock().in_work).sum()
    }
}

#[cfg(test)]
#[path = "tracker/tests.rs"]
mod tests;
