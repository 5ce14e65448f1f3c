//! Whatever members do, each of their requests is answered once, and a group that is left alone becomes empty.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proptest::prelude::*;

use super::member::{Answer, Answers, Join, Ticket};
use super::sync::Sync;
use super::{Group, Phase, Speaker};

/// What one of four clients does next.
#[derive(Debug, Clone)]
enum Step {
    Join { client: usize, subscription: u8, restart: bool },
    Sync { client: usize },
    Beat { client: usize },
    Leave { client: usize },
    Wait { milliseconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_usize, 0..2_u8, prop::bool::weighted(0.2))
            .prop_map(|(client, subscription, restart)| Step::Join { client, subscription, restart }),
        4 => (0..4_usize).prop_map(|client| Step::Sync { client }),
        2 => (0..4_usize).prop_map(|client| Step::Beat { client }),
        1 => (0..4_usize).prop_map(|client| Step::Leave { client }),
        2 => (0..150_i64).prop_map(|milliseconds| Step::Wait { milliseconds }),
    ]
}

#[derive(Default)]
struct Play {
    group: Group,
    now: i64,
    /// Each client's member id, and its last request.
    clients: [(String, Ticket); 4],
    asked: BTreeSet<Ticket>,
    answered: BTreeMap<Ticket, usize>,
}

impl Play {
    fn ask(&mut self, client: usize) -> Ticket {
        let ticket = Ticket::try_from(self.asked.len()).unwrap() + 1;
        self.asked.insert(ticket);
        self.clients[client].1 = ticket;
        ticket
    }

    fn meet(&mut self, answers: Answers) {
        for (ticket, answer) in answers {
            *self.answered.entry(ticket).or_default() += 1;
            let Some(client) = self.clients.iter_mut().find(|(_, last)| *last == ticket) else { continue };
            match answer {
                Answer::Join(Ok(joined)) => client.0 = joined.member_id,
                Answer::Join(Err((_, id))) => client.0 = id,
                Answer::Sync(_) => {}
            }
        }
    }

    /// The first two clients are static members.
    fn instance(client: usize) -> Option<String> {
        (client < 2).then(|| format!("i{client}"))
    }

    fn take(&mut self, step: &Step) {
        let mut answers = Answers::new();
        match *step {
            Step::Wait { milliseconds } => {
                self.now += milliseconds;
                self.group.expire(self.now, &mut answers);
            }
            Step::Join { client, subscription, restart } => {
                let ticket = self.ask(client);
                if restart {
                    self.clients[client].0.clear();
                }
                let join = Join {
                    member_id: self.clients[client].0.clone(),
                    fresh_id: format!("m{ticket}"),
                    instance: Self::instance(client),
                    client_id: String::new(),
                    client_host: String::new(),
                    session_timeout: 100,
                    rebalance_timeout: 200,
                    protocol_type: "consumer".to_owned(),
                    protocols: vec![("range".to_owned(), vec![subscription].into())],
                    require_known_id: client == 3,
                    can_skip_assignment: client == 1,
                };
                self.group.join(self.now, ticket, join, 0, &mut answers);
            }
            Step::Sync { client } => {
                let ticket = self.ask(client);
                let (id, instance) = (self.clients[client].0.clone(), Self::instance(client));
                let assignments =
                    self.group.members().map(|(id, _)| (id.to_owned(), Bytes::from(id.to_owned())));
                let assignments = assignments.collect();
                let speaker = Speaker {
                    member_id: &id,
                    instance: instance.as_deref(),
                    generation: self.group.generation,
                };
                let sync = Sync { speaker, protocol_type: None, protocol: None, assignments };
                self.group.sync(self.now, ticket, sync, &mut answers);
            }
            Step::Beat { client } => {
                let (id, instance) = (self.clients[client].0.clone(), Self::instance(client));
                let generation = self.group.generation;
                let speaker = Speaker { member_id: &id, instance: instance.as_deref(), generation };
                let _ = self.group.heartbeat(self.now, speaker);
            }
            Step::Leave { client } => {
                let (id, instance) = (self.clients[client].0.clone(), Self::instance(client));
                let _ = self.group.leave(self.now, &id, instance.as_deref(), &mut answers);
            }
        }
        self.meet(answers);
    }
}

proptest! {
    #[test]
    fn each_request_is_answered_once_and_an_abandoned_group_empties(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut play = Play::default();
        for step in &steps {
            play.take(step);
            prop_assert!(play.answered.values().all(|times| *times == 1));
        }
        for _ in 0..20 {
            play.take(&Step::Wait { milliseconds: 250 });
        }
        let unanswered: Vec<&Ticket> = play.asked.iter().filter(|ticket| !play.answered.contains_key(ticket)).collect();
        prop_assert!(unanswered.is_empty(), "never answered: {unanswered:?}");
        prop_assert!(play.group.is_empty() && play.group.phase() == Phase::Empty);
    }
}
