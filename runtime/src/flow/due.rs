//! When an open Kafka transaction is due: at its age, or as soon as nothing more comes. One that begins with what is old
//! already may stay open longer: a loop that is behind catches up sooner with fewer commits, and nobody waits for what is
//! that late.
//! It must not know: what is in it.

use std::time::Duration;

use crate::config::{CaptureSection, PublishSection};

/// How much older a transaction of a loop that is behind may become.
const LONGER: u32 = 8;
/// But no older than this by that.
const AT_MOST: Duration = Duration::from_millis(500);
/// What is older than this when it is read is late. A database may say whole seconds.
const LATE: Duration = Duration::from_secs(2);

/// When a transaction is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// At this age.
    pub(crate) age: Duration,
    /// Or when nothing has come for so long.
    pub(crate) lull: Duration,
}

impl Due {
    fn every(age: Duration, lull: Duration) -> Self {
        Self { age, lull: lull.min(age) }
    }

    /// For a transaction that begins with something of this age.
    pub(crate) fn after(self, age: Duration) -> Self {
        if age < LATE {
            return self;
        }
        let age = self.age.max((self.age * LONGER).min(AT_MOST));
        Self { age, lull: age }
    }
}

/// As it is configured.
impl From<&CaptureSection> for Due {
    fn from(section: &CaptureSection) -> Self {
        Self::every(section.commit_every.0, section.commit_lull.0)
    }
}

/// As it is configured.
impl From<&PublishSection> for Due {
    fn from(section: &PublishSection) -> Self {
        Self::every(section.commit_every.0, section.commit_lull.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_late_stays_open_longer_and_never_for_long() {
        let ms = Duration::from_millis;
        let due = |every, age| Due::every(ms(every), ms(1)).after(ms(age));
        assert_eq!(due(10, 100), Due { age: ms(10), lull: ms(1) });
        assert_eq!(due(10, 2_000), Due { age: ms(80), lull: ms(80) });
        assert_eq!(due(100, 2_000).age, ms(500));
        assert_eq!(due(3_000, 2_000).age, ms(3_000));
    }

    #[test]
    fn a_lull_is_no_longer_than_the_age() {
        let ms = Duration::from_millis;
        assert_eq!(Due::every(ms(10), ms(50)).lull, ms(10));
    }
}
