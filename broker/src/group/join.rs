//! Joining a group, up to the point where a new generation is announced.
//!
//! It must not know assignments' contents: they are bytes between the members.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use super::member::{Answer, Answers, Join, Joined, Member, Ticket, Waiting};
use super::{Group, Phase};

impl Group {
    /// A member joins, or joins again. `initial_delay` (milliseconds) is how long an empty group waits for more.
    pub fn join(&mut self, now: i64, ticket: Ticket, join: Join, initial_delay: i64, answers: &mut Answers) {
        let asked = join.member_id.clone();
        if let Err((error, id)) = self.try_join(now, ticket, join, initial_delay, answers) {
            answers.push((ticket, Answer::Join(Err((error, id.unwrap_or(asked))))));
        }
    }

    fn try_join(
        &mut self,
        now: i64,
        ticket: Ticket,
        join: Join,
        initial_delay: i64,
        answers: &mut Answers,
    ) -> Result<(), (ResponseError, Option<String>)> {
        if !self.shares_a_protocol(&join) {
            return Err((ResponseError::InconsistentGroupProtocol, None));
        }
        let holder = join.instance.as_deref().and_then(|instance| self.id_of(instance)).map(str::to_owned);
        if join.member_id.is_empty() {
            match (holder, &join.instance) {
                (Some(old), _) => self.replace_static(now, ticket, &old, join, answers),
                (None, None) if join.require_known_id => {
                    self.promised.insert(join.fresh_id.clone(), now + join.session_timeout);
                    return Err((ResponseError::MemberIdRequired, Some(join.fresh_id)));
                }
                _ => {
                    let id = join.fresh_id.clone();
                    self.admit(now, ticket, id, join, initial_delay, answers);
                }
            }
        } else if join.instance.is_none() && self.promised.remove(&join.member_id).is_some() {
            let id = join.member_id.clone();
            self.admit(now, ticket, id, join, initial_delay, answers);
        } else {
            self.check_member(&join.member_id, join.instance.as_deref()).map_err(|error| (error, None))?;
            self.rejoin(now, ticket, join, answers);
        }
        Ok(())
    }

    /// A new member.
    fn admit(
        &mut self,
        now: i64,
        ticket: Ticket,
        id: String,
        join: Join,
        initial_delay: i64,
        answers: &mut Answers,
    ) {
        let was = self.phase;
        if was == Phase::Empty {
            self.protocol_type.clone_from(&join.protocol_type);
        }
        let mut member = Member::new(now, join);
        member.waiting = Waiting::Join(ticket);
        self.members.insert(id, member);
        if was == Phase::Preparing {
            self.deadline = self.deadline.max(now + self.longest_rebalance());
        } else {
            self.begin_rebalance(now, answers);
        }
        if was == Phase::Empty {
            self.hold_until = now + initial_delay;
        }
        self.try_complete_join(now, answers);
    }

    /// A known member joins again.
    fn rejoin(&mut self, now: i64, ticket: Ticket, join: Join, answers: &mut Answers) {
        let id = join.member_id.clone();
        let Some(member) = self.members.get_mut(&id) else { return };
        let same = member.protocols == join.protocols;
        let wants_assigning = self.phase == Phase::Stable && self.leader == id;
        member.dismiss(&id, ResponseError::RebalanceInProgress, answers);
        member.update(now, join);
        if same && !wants_assigning && self.phase != Phase::Preparing {
            answers.push((ticket, Answer::Join(Ok(self.announcement(&id, false)))));
            return;
        }
        if self.phase != Phase::Preparing {
            self.begin_rebalance(now, answers);
        }
        self.await_join(&id, ticket);
        self.try_complete_join(now, answers);
    }

    /// A static member came back under a new id: the old one is fenced, and a stable group stays as it is.
    fn replace_static(&mut self, now: i64, ticket: Ticket, old: &str, join: Join, answers: &mut Answers) {
        let Some(mut before) = self.members.remove(old) else { return };
        before.dismiss(old, ResponseError::FencedInstanceId, answers);
        let id = join.fresh_id.clone();
        let can_skip = join.can_skip_assignment;
        let was_leader = self.leader == old;
        let mut member = Member::new(now, join);
        member.assignment = before.assignment.clone();
        self.members.insert(id.clone(), member);
        if was_leader {
            self.leader.clone_from(&id);
        }
        // What it subscribes to is not compared: a cooperative member that restarts no longer owns what it did.
        if self.phase == Phase::Stable && self.select_protocol() == self.protocol {
            let mut told = self.announcement(&id, was_leader && can_skip);
            if was_leader && !can_skip {
                // Told of a leader that is gone, an old client takes itself for a follower and assigns nothing.
                told.leader = old.to_owned();
                told.members.clear();
            }
            answers.push((ticket, Answer::Join(Ok(told))));
            return;
        }
        if self.phase != Phase::Preparing {
            self.begin_rebalance(now, answers);
        }
        self.await_join(&id, ticket);
        self.try_complete_join(now, answers);
    }

    fn await_join(&mut self, id: &str, ticket: Ticket) {
        if let Some(member) = self.members.get_mut(id) {
            member.waiting = Waiting::Join(ticket);
        }
    }

    /// Announces the new generation if nobody is missing.
    pub(super) fn try_complete_join(&mut self, now: i64, answers: &mut Answers) {
        let everyone = self.promised.is_empty() && self.members.values().all(Member::is_joining);
        if self.phase == Phase::Preparing && everyone && self.hold_until <= now {
            self.complete_join(now, answers);
        }
    }

    /// Announces the new generation without those who are missing; static members stay members all the same.
    pub(super) fn complete_join(&mut self, now: i64, answers: &mut Answers) {
        self.members.retain(|_, member| member.is_joining() || member.instance.is_some());
        let present = |group: &Self, id: &str| group.members.get(id).is_some_and(Member::is_joining);
        if self.members.is_empty() {
            self.generation += 1;
            self.phase = Phase::Empty;
            self.leader.clear();
            self.protocol.clear();
            return;
        }
        if !present(self, &self.leader) {
            let Some(leader) = self.members.keys().find(|id| present(self, id)).cloned() else {
                self.deadline = now + self.longest_rebalance();
                return;
            };
            self.leader = leader;
        }
        self.generation += 1;
        self.protocol = self.select_protocol();
        self.phase = Phase::Completing;
        self.deadline = now + self.longest_rebalance();
        let joining: Vec<String> =
            self.members.iter().filter(|(_, member)| member.is_joining()).map(|(id, _)| id.clone()).collect();
        for id in joining {
            let told = self.announcement(&id, false);
            if let Some(member) = self.members.get_mut(&id)
                && let Waiting::Join(ticket) = std::mem::replace(&mut member.waiting, Waiting::Nothing)
            {
                member.touch(now);
                answers.push((ticket, Answer::Join(Ok(told))));
            }
        }
    }

    fn announcement(&self, id: &str, skip_assignment: bool) -> Joined {
        let everyone = || {
            let members = self.members.iter();
            members
                .map(|(id, one)| (id.clone(), one.instance.clone(), one.subscription(&self.protocol)))
                .collect()
        };
        Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            member_id: id.to_owned(),
            members: if self.leader == id { everyone() } else { Vec::new() },
            skip_assignment,
        }
    }

    fn shares_a_protocol(&self, join: &Join) -> bool {
        if self.members.is_empty() {
            return !join.protocol_type.is_empty() && !join.protocols.is_empty();
        }
        let known =
            |name: &str| self.members.values().all(|one| one.protocols.iter().any(|(own, _)| own == name));
        self.protocol_type == join.protocol_type && join.protocols.iter().any(|(name, _)| known(name))
    }

    /// The protocol that everyone knows and most want most.
    fn select_protocol(&self) -> String {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        let common =
            |name: &str| self.members.values().all(|one| one.protocols.iter().any(|(own, _)| own == name));
        for member in self.members.values() {
            if let Some((name, _)) = member.protocols.iter().find(|(name, _)| common(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned()).unwrap_or_default()
    }
}
