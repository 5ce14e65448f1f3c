//! A loop that heals itself: one session after the other, each from what is stored, with a pause that grows. A session that
//! another process has fenced gives its client up and starts anew as well: a broker that ended a transaction for its age
//! looks the same. Fenced again and again it is a rival that lives, and the loop says so.
//! It must not know: what a session does.

use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::flow::Ground;
use crate::log::kafka::{Trouble, too_large};

/// So many sessions fenced in a row, with no quiet minute between, are a rival that lives.
const RIVAL: u32 = 3;
const QUIET: Duration = Duration::from_secs(60);

/// Why a session ended that was not asked to.
pub(crate) enum Ended {
    /// To be started anew, from what is stored: a code and why.
    Anew(&'static str, String),
    /// Its work went to another member of its group: to be started anew at once.
    Moved,
    /// Another process has its transactional id, or the broker has ended its transaction.
    Fenced(String),
    /// Someone must act.
    Halt(Fault),
}

/// What passes when the brokers are back, or with a new client, is no halt.
impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        match fault.code {
            "K-103" | "K-104" | "K-107" | "K-108" => Self::Anew(fault.code, fault.message),
            _ => Self::Halt(fault),
        }
    }
}

impl From<Trouble> for Ended {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Anew(why) | Trouble::Stale(why) => Self::Anew("K-103", why),
            Trouble::TooLarge(why) => Self::Halt(too_large("its topic", &why)),
            Trouble::Fenced(why) => Self::Fenced(why),
        }
    }
}

/// Runs sessions until one ends because it was asked to. `rival` is what to say of a process that keeps fencing this one.
///
/// # Errors
/// A session's halt, or `rival`.
pub(crate) fn run(
    ground: &Ground,
    name: &'static str,
    longest_pause: Duration,
    rival: impl Fn(&str) -> Fault,
    mut session: impl FnMut() -> Result<(), Ended>,
) -> Result<(), Fault> {
    let retry = crate::Retry::DEFAULT.backoff(Duration::from_millis(100), longest_pause);
    let (mut failures, mut fences) = (0, 0);
    while !ground.stop.asked() {
        let started = Instant::now();
        let Err(ended) = session() else { return Ok(()) };
        if started.elapsed() > QUIET {
            (failures, fences) = (0, 0);
        }
        let (code, why) = match ended {
            Ended::Halt(fault) => return Err(fault),
            Ended::Moved => continue,
            Ended::Anew(code, why) => (code, why),
            Ended::Fenced(why) => {
                fences += 1;
                if fences >= RIVAL {
                    return Err(rival(&why));
                }
                ("K-120", why)
            }
        };
        failures += 1;
        let pause = retry.pause(failures, uuid::Uuid::new_v4().as_u128() as u64);
        ground.metrics.error(name, code);
        tracing::warn!(target: "storm::flow", name, code, why, pause_ms = pause.as_millis() as u64, "starts anew");
        ground.stop.sleep_here(pause);
    }
    Ok(())
}
