//! So many calls in any window of time: a call that is one too many gets a later turn. Turns are given out in order, by
//! one clock, to all lanes of this process.
//! It must not know: what a turn is for.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The turns that were given out last.
#[derive(Debug)]
pub(super) struct Rate {
    calls: usize,
    per: Duration,
    turns: VecDeque<Instant>,
}

impl Rate {
    pub(super) fn new(calls: u32, per: Duration) -> Self {
        Self { calls: (calls as usize).max(1), per, turns: VecDeque::new() }
    }

    /// When the next call may be made: now, or when the window that is full has moved on. None when that is more than
    /// `patience` away; then no turn is taken.
    pub(super) fn turn(&mut self, now: Instant, patience: Duration) -> Option<Instant> {
        let full = (self.turns.len() >= self.calls).then(|| self.turns[0] + self.per);
        let turn = full.map_or(now, |free| free.max(now));
        if turn > now + patience {
            return None;
        }
        if full.is_some() {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_calls_than_it_may() {
        let second = Duration::from_secs(1);
        let mut rate = Rate::new(5, second);
        let start = Instant::now();
        // Forty callers at once, then one each 10 ms.
        let mut turns: Vec<Instant> = (0..40).map(|_| rate.turn(start, 60 * second).unwrap()).collect();
        turns
            .extend((0..100).map(|n| rate.turn(start + n * Duration::from_millis(10), 60 * second).unwrap()));
        assert!(turns.is_sorted(), "turns are given out in order");
        for six in turns.windows(6) {
            assert!(six[5] - six[0] >= second, "six calls within {:?}", six[5] - six[0]);
        }
        assert_eq!(turns[4], start, "the first five are made at once");
        assert_eq!(turns[5], start + second);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_too_far_away_is_not_taken() {
        let second = Duration::from_secs(1);
        let mut rate = Rate::new(1, 10 * second);
        let start = Instant::now();
        assert_eq!(rate.turn(start, second), Some(start));
        assert_eq!(rate.turn(start, second), None);
        assert_eq!(rate.turn(start, 10 * second), Some(start + 10 * second), "the refused one took no turn");
    }
}
