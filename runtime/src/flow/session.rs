//! A loop that heals itself: one session after the other, each from what is stored, with a pause that grows. A session that
//! was thrown out looks by whom. Where another process has begun under its name since, it is the older of two that live,
//! and says so; else a broker has ended a transaction for its age, or has carried out an earlier request of ours, and the
//! next session goes on.
//! It must not know: what a session does.

use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::flow::{Ground, Name};
use crate::log::kafka::{self, Trouble, too_large};

/// So many sessions fenced in a row, with no quiet minute between, are a rival that does not note that it begins.
const RIVAL: u32 = 6;
const QUIET: Duration = Duration::from_secs(60);

/// What a loop is called.
pub(crate) struct Course<'c> {
    /// In the log and the metrics.
    pub(crate) title: &'static str,
    /// Among the loops of its service.
    pub(crate) name: Name,
    pub(crate) group: &'c str,
    /// In its group.
    pub(crate) instance: &'c str,
    /// Between two sessions.
    pub(crate) longest_pause: Duration,
}

/// Why a session ended that was not asked to.
pub(crate) enum Ended {
    /// To be started anew, from what is stored: a code and why.
    Anew(&'static str, String),
    /// Its work went to another member of its group: to be started anew at once.
    Moved,
    /// Someone has its place or its transactional id, or the broker has ended its transaction.
    Fenced(String),
    /// Someone must act.
    Halt(Fault),
}

/// What passes when the brokers are back, or with a new client, is no halt.
impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        match fault.code {
            "K-103" | "K-104" | "K-107" | "K-108" | "K-127" => Self::Anew(fault.code, fault.message),
            "K-120" => Self::Fenced(fault.message),
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

/// Runs sessions until one ends because it was asked to. `rival` is what to say of a process that keeps fencing this one
/// and is not known to have begun.
///
/// # Errors
/// A session's halt, another process that has begun under this one's name (K-106), or `rival`.
pub(crate) fn run(
    ground: &Ground,
    course: &Course<'_>,
    rival: impl Fn(&str) -> Fault,
    mut session: impl FnMut() -> Result<(), Ended>,
) -> Result<(), Fault> {
    let retry = crate::Retry::DEFAULT.backoff(Duration::from_millis(100), course.longest_pause);
    let (mut failures, mut fences, mut claimed) = (0, 0, false);
    let journal = ground.journal();
    while !ground.stop.asked() {
        let started = Instant::now();
        let claim = || kafka::claim(&ground.kafka, &journal, course.instance).map_err(Ended::from);
        let begun = if claimed { Ok(()) } else { claim() };
        claimed |= begun.is_ok();
        let Err(ended) = begun.and_then(|()| session()) else { return Ok(()) };
        if started.elapsed() > QUIET {
            (failures, fences) = (0, 0);
        }
        let (code, why) = match ended {
            Ended::Halt(fault) => return Err(fault),
            Ended::Moved => continue,
            Ended::Anew(code, why) => (code, why),
            Ended::Fenced(why) => {
                match kafka::is_ours(&ground.kafka, &journal, course.instance) {
                    Ok(true) => fences += 1,
                    Ok(false) => return Err(kafka::replaced(course.group)),
                    // Whose it is, the next one will see.
                    Err(fault) => {
                        tracing::warn!(target: "storm::flow", code = fault.code, why = fault.message)
                    }
                }
                if fences >= RIVAL {
                    return Err(rival(&why));
                }
                ("K-120", why)
            }
        };
        failures += 1;
        ground.begun.lost(&course.name);
        let pause = retry.pause(failures, uuid::Uuid::new_v4().as_u128() as u64);
        let (name, pause_ms) = (course.title, pause.as_millis() as u64);
        ground.metrics.error(name, code);
        tracing::warn!(target: "storm::flow", name, code, why, pause_ms, "starts anew");
        ground.stop.sleep_here(pause);
    }
    Ok(())
}
