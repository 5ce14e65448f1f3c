//! When an open Kafka transaction is due. One that begins with what is old already may stay open longer: a loop that is
//! behind catches up sooner with fewer commits, and nobody waits for what is that late.
//! It must not know: what is in it.

use std::time::Duration;

/// How much older a transaction of a loop that is behind may become.
const LONGER: u32 = 8;
/// But no older than this by that.
const AT_MOST: Duration = Duration::from_millis(500);
/// What is older than this when it is read is late. A database may say whole seconds.
const LATE: Duration = Duration::from_secs(2);

/// The age at which a transaction is due that begins with something of this age, where `every` is configured.
pub(crate) fn due(every: Duration, age: Duration) -> Duration {
    if age < LATE { every } else { every.max((every * LONGER).min(AT_MOST)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_late_stays_open_longer_and_never_for_long() {
        let ms = Duration::from_millis;
        assert_eq!(due(ms(10), ms(100)), ms(10));
        assert_eq!(due(ms(10), ms(2_000)), ms(80));
        assert_eq!(due(ms(100), ms(2_000)), ms(500));
        assert_eq!(due(ms(3_000), ms(2_000)), ms(3_000));
    }
}
