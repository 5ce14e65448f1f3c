//! Plays recorded transactions one at a time: each capture shows the place of its next transaction and waits; the earliest
//! is let go, by all captures that stand at it, when everything before it has come to rest.
//! It must not know: what is in a transaction.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::source::{Position, Source, SourceError, Step};

/// Where a transaction ends in the recording: file and offset.
pub(super) type Place = (String, u64);

/// Which captures stand where.
#[derive(Default)]
pub(super) struct Pace {
    seats: Mutex<Vec<Seat>>,
    changed: watch::Sender<u64>,
    gone: watch::Sender<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Seat {
    /// Reading on.
    Reading,
    /// Waiting before the transaction that ends here.
    At(Place),
    /// At the recording's end.
    Ended,
}

impl Pace {
    /// A capture joins. All join before [`Pace::next`] is asked.
    pub(super) fn join(&self) -> usize {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.push(Seat::Reading);
        seats.len() - 1
    }

    fn sit(&self, seat: usize, at: Seat) {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)[seat] = at;
        self.changed.send_modify(|turn| *turn += 1);
    }

    /// The place of the earliest waiting transaction, once every capture waits or has ended; nothing when all have.
    pub(super) async fn next(&self) -> Option<Place> {
        let mut changed = self.changed.subscribe();
        loop {
            {
                let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
                if !seats.contains(&Seat::Reading) {
                    let waiting = seats
                        .iter()
                        .filter_map(|seat| if let Seat::At(place) = seat { Some(place) } else { None });
                    return waiting.min().cloned();
                }
            }
            // The sender is `self`: it cannot be gone.
            let _ = changed.changed().await;
        }
    }

    /// How many captures are about to go at this place; they count as reading from now on.
    pub(super) fn release(&self, place: &Place) -> usize {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let going = seats.iter_mut().filter(|seat| matches!(seat, Seat::At(at) if at == place));
        going.map(|seat| *seat = Seat::Reading).count()
    }

    /// Lets them go.
    pub(super) fn go(&self, place: Place) {
        self.gone.send_replace(place);
    }
}

/// A source that waits for its turn before each transaction.
pub(super) struct Paced<S> {
    inner: S,
    pace: Arc<Pace>,
    seat: usize,
    /// The transaction that is read ahead, up to its commit.
    ahead: VecDeque<Step>,
    /// It waits for this place to be let go.
    waits: Option<Place>,
}

impl<S: Source> Paced<S> {
    pub(super) fn new(inner: S, pace: Arc<Pace>, seat: usize) -> Self {
        Self { inner, pace, seat, ahead: VecDeque::new(), waits: None }
    }
}

impl<S: Source> Source for Paced<S> {
    async fn open(&mut self, from: Option<Position>) -> Result<Position, SourceError> {
        self.inner.open(from).await
    }

    async fn next(&mut self) -> Result<Option<Step>, SourceError> {
        if self.waits.is_none() && self.ahead.is_empty() {
            loop {
                match self.inner.next().await? {
                    None => {
                        self.pace.sit(self.seat, Seat::Ended);
                        return Ok(None);
                    }
                    Some(Step::Commit(position)) => {
                        let place = (position.file.clone(), position.offset);
                        self.ahead.push_back(Step::Commit(position));
                        self.pace.sit(self.seat, Seat::At(place.clone()));
                        self.waits = Some(place);
                        break;
                    }
                    Some(Step::Idle(position)) if self.ahead.is_empty() => {
                        return Ok(Some(Step::Idle(position)));
                    }
                    Some(step) => self.ahead.push_back(step),
                }
            }
        }
        if let Some(place) = &self.waits {
            let mut gone = self.pace.gone.subscribe();
            // The sender is the shared pace: it cannot be gone.
            let _ = gone.wait_for(|gone| gone >= place).await;
            self.waits = None;
        }
        Ok(self.ahead.pop_front())
    }
}
