//! A warning that every record would give in a row is given once a while, with the number of those held back.
//! It must not know: what is warned of.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two warnings of one kind, unless told otherwise.
const WHILE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Hush {
    each: Duration,
    said: Mutex<HashMap<Kind, (Instant, u64)>>,
}

/// At whom, with which code.
type Kind = (String, &'static str);

impl Default for Hush {
    fn default() -> Self {
        Self::each(WHILE)
    }
}

impl Hush {
    /// One warning of a kind each such time.
    pub(crate) fn each(time: Duration) -> Self {
        Self { each: time, said: Mutex::default() }
    }

    /// How many warnings of this kind were held back since the last one, or nothing when this one is to be held back.
    pub(crate) fn say(&self, at: &str, code: &'static str, now: Instant) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match said.get_mut(&(at.to_owned(), code)) {
            None => {
                said.insert((at.to_owned(), code), (now, 0));
                Some(0)
            }
            Some((last, held)) if now.duration_since(*last) >= self.each => {
                *last = now;
                Some(std::mem::take(held))
            }
            Some((_, held)) => {
                *held += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_said_and_the_rest_is_counted() {
        let (hush, now) = (Hush::default(), Instant::now());
        assert_eq!(hush.say("P", "H-103", now), Some(0));
        assert_eq!(hush.say("P", "H-103", now), None);
        assert_eq!(hush.say("P", "H-103", now), None);
        assert_eq!(hush.say("Q", "H-103", now), Some(0), "another's is another kind");
        assert_eq!(hush.say("P", "H-103", now + WHILE), Some(2));
        assert_eq!(hush.say("P", "H-103", now + 2 * WHILE), Some(0));

        let (hour, hourly) = (crate::hours(1), Hush::each(crate::hours(1)));
        assert_eq!(hourly.say("P", "H-202", now), Some(0));
        assert_eq!(hourly.say("P", "H-202", now + hour / 2), None);
        assert_eq!(hourly.say("P", "H-202", now + hour), Some(1));
    }
}
