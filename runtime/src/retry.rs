//! How often and how soon to try again: the model's constants, overridden by configuration.
//! It must not know: what is tried.

use std::time::Duration;

/// A policy's retry rule: so many tries after the first, with pauses that double from one bound to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries after the first one.
    pub times: u32,
    /// The first pause.
    pub from: Duration,
    /// The longest pause.
    pub to: Duration,
}

/// What happens when the attempts are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// The key is parked: its later events wait behind this one, which is tried again now and then; all others go on.
    Park,
    /// The message goes to the context's dead letters and the partition goes on.
    DeadLetter,
}

impl Retry {
    /// Five tries after the first, from 200 ms to 30 s.
    pub const DEFAULT: Self =
        Self { times: 5, from: Duration::from_millis(200), to: Duration::from_secs(30) };

    /// So many tries after the first one, with the default's pauses.
    pub const fn times(times: u32) -> Self {
        Self { times, ..Self::DEFAULT }
    }

    /// The first and the longest pause between tries.
    #[must_use]
    pub const fn backoff(self, from: Duration, to: Duration) -> Self {
        Self { times: self.times, from, to }
    }

    /// The pause before try number `retry` (from 1): doubled each time, bounded, then shortened by up to half so that
    /// those who failed together do not come back together. `dice` is any evenly spread number.
    pub(crate) fn pause(&self, retry: u32, dice: u64) -> Duration {
        let doubled =
            self.from.saturating_mul(1_u32.checked_shl(retry.saturating_sub(1)).unwrap_or(u32::MAX));
        let whole = doubled.min(self.to).max(self.from.min(self.to));
        let half = whole / 2;
        half + half.mul_f64((dice % 1_000) as f64 / 999.0)
    }
}

/// A duration in milliseconds.
pub const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A duration in seconds.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A duration in minutes.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// A duration in hours.
pub const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3_600)
}

#[cfg(test)]
mod tests {
    use super::{Retry, millis, minutes};

    #[test]
    fn pauses_double_within_their_bounds() {
        let retry = Retry::times(8).backoff(millis(200), minutes(1));
        assert_eq!(retry.pause(1, 999), millis(200));
        assert_eq!(retry.pause(1, 0), millis(100));
        assert_eq!(retry.pause(3, 999), millis(800));
        assert_eq!(retry.pause(40, 999), minutes(1));
    }
}
