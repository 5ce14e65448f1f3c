//! The writing half of a publisher: one transaction after the other, while the reading half goes on with the next records.
//! What was read is handed over in turns. When partitions go, or the group has moved on, the open transaction is aborted
//! and the turn ends: whatever was read in it counts for nothing, and the reading half goes back to what is committed.
//! It must not know: how records are read or made.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::belt::{Belt, Feeding, Taken};
use super::chunk::Chunk;
use super::open::Open;
use crate::flow::Ground;
use crate::flow::due::Due;
use crate::flow::session::Ended;
use crate::log::kafka::{self, Transactional, Trouble};
use crate::telemetry::Now;

/// How much may be read and made ahead of what is written.
const AHEAD: usize = 2 * 1024 * 1024;
/// Between two looks when nothing is open: none of them does anything.
const IDLE: Duration = Duration::from_secs(1);

/// The producer, what is open on it and what is on its way to it: for both halves, and for the callback that is told when
/// partitions go.
pub(super) struct Writer {
    producer: Transactional,
    belt: Belt<Chunk>,
    /// Held while anything is done with the producer.
    state: Mutex<State>,
    /// Which turn counts.
    turn: AtomicU64,
    /// Chunks of the turn that were begun and are not yet in the open transaction.
    coming: AtomicU64,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How the abort went that ended a turn, until the reading half has heard of it.
    aborted: Option<Result<(), Trouble>>,
}

impl Writer {
    pub(super) fn new(producer: Transactional) -> Self {
        Self {
            producer,
            belt: Belt::new(AHEAD),
            state: Mutex::default(),
            turn: AtomicU64::new(0),
            coming: AtomicU64::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of what is handed over: when it is dropped, what was not yet committed is left as it is.
    pub(super) fn feeding(&self) -> Feeding<'_, Chunk> {
        self.belt.feeding()
    }

    /// A chunk is begun that will be handed over.
    pub(super) fn expects(&self) {
        self.coming.fetch_add(1, Ordering::SeqCst);
    }

    /// Hands a chunk over, as soon as there is room.
    pub(super) fn hand_over(&self, chunk: Chunk) {
        let bytes = chunk.made.sheet.bytes();
        // What nobody takes is read again by the next session.
        let _ = self.belt.put(chunk, bytes);
    }

    /// True when the writing half has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.belt.is_left()
    }

    /// Partitions are about to go: what is open must not outlive that. Waits for what is being written or committed.
    pub(super) fn revoked(&self) {
        let mut state = self.state();
        if state.open.take().is_some() {
            let aborted = self.producer.abort();
            self.end_turn(&mut state, aborted);
        } else if self.coming.load(Ordering::SeqCst) > 0 {
            self.end_turn(&mut state, Ok(()));
        }
    }

    fn end_turn(&self, state: &mut State, aborted: Result<(), Trouble>) {
        state.aborted = Some(aborted);
        self.turn.fetch_add(1, Ordering::SeqCst);
        self.coming.fetch_sub(self.belt.clear() as u64, Ordering::SeqCst);
    }

    /// When `turn` is over: the one that counts, and how its abort went. Whoever asks goes back to what is committed.
    pub(super) fn is_over(&self, turn: u64) -> Option<(u64, Result<(), Trouble>)> {
        if self.turn.load(Ordering::SeqCst) == turn {
            return None;
        }
        let mut state = self.state();
        Some((self.turn.load(Ordering::SeqCst), state.aborted.take().unwrap_or(Ok(()))))
    }

    /// A chunk that was begun will not come.
    pub(super) fn given_up(&self) {
        self.coming.fetch_sub(1, Ordering::SeqCst);
    }

    /// The transaction is not ours any more: nobody shall abort it.
    pub(super) fn forget(&self) {
        self.state().open = None;
    }

    /// Writes what is handed over, until the other half has ended. `group` reads `raw`.
    ///
    /// # Errors
    /// The transaction is lost, its producer was fenced, or a record does not fit into its topic. What is open stays open.
    pub(super) fn work(&self, ground: &Ground, raw: &Arc<str>, group: &str) -> Result<(), Ended> {
        let _taking = self.belt.taking();
        let bytes = ground.config.publish.commit_bytes.0 as u64;
        loop {
            let patience = self.state().open.as_ref().map_or(IDLE, |open| open.patience(Instant::now()));
            let (due, done) = match self.belt.take(patience) {
                Taken::Next(chunk) => (self.write(ground, chunk, bytes)?, false),
                Taken::Nothing => (true, false),
                Taken::Done => (true, true),
                Taken::Abandoned => return Ok(()),
            };
            if due {
                self.commit(ground, raw, group)?;
            }
            if done {
                return Ok(());
            }
        }
    }

    /// Sends what was made, within the open transaction: true when that is due.
    fn write(&self, ground: &Ground, chunk: Chunk, bytes: u64) -> Result<bool, Ended> {
        let mut state = self.state();
        self.coming.fetch_sub(1, Ordering::SeqCst);
        let Chunk { turn, group, written_at, made } = chunk;
        if turn != self.turn.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let open = match &mut state.open {
            Some(open) => open,
            none => {
                self.producer.begin()?;
                crate::failpoint::reach("publish-begun");
                let due = Due::from(&ground.config.publish).after(Now::new().age(written_at));
                // That it could begin was waited for: its age counts from here.
                none.insert(Open::new(group, Instant::now(), due))
            }
        };
        for event in made.sheet.events(0) {
            self.producer.write(event.parts(ground.spec.topics.events.name))?;
            crate::failpoint::reach("publish-sent");
        }
        for letter in made.sheet.letters() {
            self.producer.send(letter)?;
            crate::failpoint::reach("publish-sent");
        }
        open.holds(made);
        Ok(open.is_due(Instant::now(), bytes))
    }

    /// Commits what is open. A generation of the group that has passed meanwhile takes nothing: it is read again.
    fn commit(&self, ground: &Ground, raw: &Arc<str>, group: &str) -> Result<(), Ended> {
        let mut state = self.state();
        let Some(open) = &state.open else { return Ok(()) };
        let pushing = Instant::now();
        crate::failpoint::reach("publish-before-commit");
        let committed = self.producer.commit(Some((&kafka::list(&open.offsets(raw)), &open.group)));
        match committed {
            Ok(()) => {
                crate::failpoint::reach("publish-committed");
                let open = state.open.take();
                drop(state);
                if let Some(open) = open {
                    open.tell(ground, group, pushing.elapsed());
                }
            }
            Err(Trouble::Stale(why)) => {
                tracing::info!(target: "storm::publish", why, "the group has moved on: the open transaction is aborted");
                state.open = None;
                self.producer.abort()?;
                self.end_turn(&mut state, Ok(()));
            }
            Err(trouble) => return Err(trouble.into()),
        }
        Ok(())
    }
}
