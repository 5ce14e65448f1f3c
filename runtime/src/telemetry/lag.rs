//! Lag, from where a member stands and where the log ends: a plain function of both. Markers of transactions take offsets
//! too, and count only while a record may stand before them.
//! It must not know: how either was found out.

/// What is known of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The offset of the next record to read.
    pub(crate) next: i64,
    /// The first offset that the log still has.
    pub(crate) first: i64,
    /// The end of what is committed.
    pub(crate) stable: i64,
    /// Read and not done: how many, and when the oldest was written.
    pub(crate) in_work: usize,
    pub(crate) oldest_in_work: Option<i64>,
    /// When the first record after `next` was written, when someone has looked: nothing stands there but markers, or it
    /// was written then.
    pub(crate) ahead: Ahead,
}

/// What stands after the next offset to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// Nobody has looked.
    Unknown,
    /// Markers of transactions, and nothing else.
    Nothing,
    /// A record that was written then, milliseconds since the epoch.
    Record(i64),
}

/// How far behind a member is in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lag {
    /// Records that are not read; with many of them, the markers among them are counted too.
    pub(crate) unread: i64,
    /// Records that are read and not done.
    pub(crate) in_work: usize,
    /// Offsets that are gone from the log and were not read.
    pub(crate) gone: i64,
    /// When the oldest record that is not done was written, milliseconds since the epoch; nothing when all are.
    pub(crate) oldest: Option<i64>,
}

impl Facts {
    /// Where the unread records begin: what has expired is not there to be read.
    pub(crate) fn from(&self) -> i64 {
        self.next.max(self.first)
    }

    /// True when it makes a difference what stands ahead: there is something, and nothing in work is older.
    pub(crate) fn wants_a_look(&self) -> bool {
        self.in_work == 0 && self.stable > self.from()
    }

    /// The lag.
    pub(crate) fn lag(&self) -> Lag {
        let unread = match self.ahead {
            Ahead::Nothing => 0,
            Ahead::Unknown | Ahead::Record(_) => (self.stable - self.from()).max(0),
        };
        let ahead = match self.ahead {
            Ahead::Record(written) if unread > 0 => Some(written),
            _ => None,
        };
        let gone = (self.first - self.next).max(0);
        Lag { unread, in_work: self.in_work, gone, oldest: self.oldest_in_work.or(ahead) }
    }
}

impl Lag {
    /// Records that are not done.
    pub(crate) fn records(&self) -> f64 {
        (self.unread + self.in_work as i64) as f64
    }

    /// How long ago the oldest record that is not done was written; 0 when all are done.
    pub(crate) fn seconds(&self, now: i64) -> f64 {
        self.oldest.map_or(0.0, |oldest| (now - oldest).max(0) as f64 / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, Facts, Lag};

    const LEVEL: Facts =
        Facts { next: 10, first: 0, stable: 10, in_work: 0, oldest_in_work: None, ahead: Ahead::Unknown };

    #[test]
    fn markers_alone_are_no_lag() {
        let marked = Facts { stable: 11, ..LEVEL };
        assert!(marked.wants_a_look(), "what stands at 10 may be a record");
        assert_eq!(Facts { ahead: Ahead::Nothing, ..marked }.lag(), Lag::default());
        let behind = Facts { ahead: Ahead::Record(5_000), ..marked }.lag();
        assert_eq!((behind.records(), behind.seconds(7_500)), (1.0, 2.5));
    }

    #[test]
    fn what_is_in_work_is_not_done() {
        let working = Facts { in_work: 3, oldest_in_work: Some(1_000), ..LEVEL };
        assert!(!working.wants_a_look());
        assert_eq!((working.lag().records(), working.lag().seconds(3_000)), (3.0, 2.0));
        let more = Facts { stable: 25, ..working };
        assert_eq!((more.lag().records(), more.lag().oldest), (18.0, Some(1_000)));
    }

    #[test]
    fn what_has_expired_is_gone_and_no_lag() {
        let expired = Facts { first: 14, stable: 20, ahead: Ahead::Record(9_000), ..LEVEL };
        assert_eq!(expired.from(), 14);
        assert_eq!(expired.lag(), Lag { unread: 6, in_work: 0, gone: 4, oldest: Some(9_000) });
        let empty = Facts { first: 20, stable: 20, ..LEVEL };
        assert_eq!(empty.lag(), Lag { gone: 10, ..Lag::default() });
    }

    #[test]
    fn a_clock_that_is_behind_makes_no_negative_age() {
        assert_eq!(Lag { oldest: Some(5_000), ..Lag::default() }.seconds(4_000), 0.0);
    }
}
