//! The services under fire: whoever is killed is started again, whoever ends on its own is noted and started again, as a
//! deployment does. Nothing here waits.
//! It must not know: servers, load, what is right.

use std::time::{Duration, Instant};

use crate::random::Random;
use crate::service::{Launch, Outcome, Service};

/// How long one that was taken over may go on after it woke up.
const ZOMBIE: Duration = Duration::from_secs(40);

pub(crate) struct Fleet {
    slots: Vec<Slot>,
    zombies: Vec<Zombie>,
    /// Who ended on its own, and what it said.
    pub(crate) halts: Vec<String>,
    /// Who was taken over and did not notice.
    pub(crate) undead: Vec<String>,
}

struct Slot {
    launch: Launch,
    state: State,
}

enum State {
    Runs(Service),
    Frozen(Service, Instant),
    /// To be started then.
    Gone(Instant),
}

struct Zombie {
    service: Service,
    thaws: Instant,
    thawed: bool,
}

impl Fleet {
    /// Starts each and waits until all are ready.
    ///
    /// # Panics
    /// When one does not become ready.
    pub(crate) fn start(launches: Vec<Launch>, patience: Duration) -> Self {
        let started = |launch: Launch| Slot { state: State::Runs(launch.start()), launch };
        let mut slots: Vec<Slot> = launches.into_iter().map(started).collect();
        for slot in &mut slots {
            if let State::Runs(service) = &mut slot.state {
                service.await_ready(patience);
            }
        }
        Self::of(slots)
    }

    /// Of services that run already.
    pub(crate) fn take(running: impl IntoIterator<Item = (Launch, Service)>) -> Self {
        let slot = |(launch, service)| Slot { launch, state: State::Runs(service) };
        Self::of(running.into_iter().map(slot).collect())
    }

    fn of(slots: Vec<Slot>) -> Self {
        Self { slots, zombies: Vec::new(), halts: Vec::new(), undead: Vec::new() }
    }

    /// Kills one that runs, at random; it is started again a little later. False when none runs.
    pub(crate) fn kill(&mut self, random: &mut Random) -> bool {
        let again = random.between(Duration::ZERO, Duration::from_millis(1_200));
        let Some(slot) = self.running(random) else { return false };
        if let State::Runs(service) = std::mem::replace(&mut slot.state, State::Gone(Instant::now() + again))
        {
            service.kill9();
        }
        true
    }

    /// Stops one in its tracks. In half of the cases another takes its place meanwhile, and it wakes up a zombie.
    pub(crate) fn freeze(&mut self, random: &mut Random) -> bool {
        let long = random.chance(25);
        let (least, most) = if long { (11_000, 14_000) } else { (300, 4_000) };
        let thaws =
            Instant::now() + random.between(Duration::from_millis(least), Duration::from_millis(most));
        let taken_over = random.chance(50);
        let Some(slot) = self.running(random) else { return false };
        let State::Runs(service) = std::mem::replace(&mut slot.state, State::Gone(Instant::now())) else {
            return false;
        };
        service.freeze();
        if taken_over {
            self.zombies.push(Zombie { service, thaws, thawed: false });
        } else {
            slot.state = State::Frozen(service, thaws);
        }
        true
    }

    fn running(&mut self, random: &mut Random) -> Option<&mut Slot> {
        let mut running: Vec<&mut Slot> =
            self.slots.iter_mut().filter(|slot| matches!(slot.state, State::Runs(_))).collect();
        let count = running.len() as u64;
        (count > 0).then(|| running.swap_remove(random.below(count) as usize))
    }

    /// Looks after everyone.
    pub(crate) fn tend(&mut self) {
        let now = Instant::now();
        for slot in &mut self.slots {
            let state = std::mem::replace(&mut slot.state, State::Gone(now));
            slot.state = match state {
                State::Runs(mut service) => match service.ended() {
                    None => State::Runs(service),
                    Some(status) => {
                        self.halts.push(format!(
                            "{} ended with {status}: {}",
                            service.name(),
                            last_words(&service)
                        ));
                        State::Gone(now + Duration::from_millis(500))
                    }
                },
                State::Frozen(service, until) if until <= now => {
                    service.thaw();
                    State::Runs(service)
                }
                State::Gone(until) if until <= now => State::Runs(slot.launch.start()),
                other => other,
            };
        }
        let undead = &mut self.undead;
        self.zombies.retain_mut(|zombie| {
            if !zombie.thawed && zombie.thaws <= now {
                zombie.service.thaw();
                zombie.thawed = true;
            }
            if zombie.service.ended().is_some() {
                return false;
            }
            let stays = zombie.thaws + ZOMBIE > now;
            if !stays {
                undead.push(zombie.service.name().to_owned());
            }
            stays
        });
    }

    /// True while someone is frozen, or wakes up as a zombie.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.zombies.is_empty() || self.slots.iter().any(|slot| !matches!(slot.state, State::Runs(_)))
    }

    /// Asks each to drain, and waits. Those that did not, or were not there to be asked, by name.
    pub(crate) fn drain(self, patience: Duration) -> Vec<String> {
        let unnoticed = |zombie: Zombie| format!("{}: taken over, and still there", zombie.service.name());
        let mut failed: Vec<String> = self.zombies.into_iter().map(unnoticed).collect();
        for slot in self.slots {
            match slot.state {
                State::Runs(service) => {
                    let name = service.name().to_owned();
                    let outcome = service.terminate(patience);
                    if outcome != Outcome::Drained {
                        failed.push(format!("{name}: {outcome:?}"));
                    }
                }
                State::Frozen(service, _) => failed.push(format!("{}: still frozen", service.name())),
                State::Gone(_) => failed.push(format!("{}: not there", slot.launch.name())),
            }
        }
        failed
    }
}

/// The line of the log that says why.
pub(crate) fn last_words(service: &Service) -> String {
    let log = service.log();
    let said = |line: &&str| line.starts_with("error ") || line.contains("halted") || line.contains("panic");
    let line = log.lines().rev().find(said).or_else(|| log.lines().last());
    line.unwrap_or_default().to_owned()
}
