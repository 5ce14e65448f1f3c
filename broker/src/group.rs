//! A consumer group: members, generations, and the phases of a rebalance, by Kafka's classic protocol.
//!
//! A pure state machine: time is given to it, and requests that must wait are tickets whose answers it hands back
//! later. Joining is in [`join`], the end of a rebalance in [`sync`]. It must not know topics, sockets or tasks.

mod join;
#[cfg(test)]
mod liveness;
pub(crate) mod member;
pub(crate) mod offsets;
#[cfg(test)]
mod script;
mod sync;

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use member::{Answers, Member, Waiting};
use offsets::Offsets;
pub(crate) use sync::Sync;

/// Where a group is between two generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// No members.
    #[default]
    Empty,
    /// Members are asked to join again.
    Preparing,
    /// Everyone joined; the leader is to assign.
    Completing,
    /// Everyone knows its assignment.
    Stable,
}

impl Phase {
    /// Kafka's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Preparing => "PreparingRebalance",
            Self::Completing => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// Who speaks for a group, and of which generation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speaker<'a> {
    pub member_id: &'a str,
    pub instance: Option<&'a str>,
    pub generation: i32,
}

/// A consumer group.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// Its committed offsets.
    pub offsets: Offsets,
    phase: Phase,
    generation: i32,
    protocol_type: String,
    protocol: String,
    leader: String,
    members: BTreeMap<String, Member>,
    /// Ids given out, to be used by a time.
    promised: BTreeMap<String, i64>,
    /// When the present phase ends without those who are missing.
    deadline: i64,
    /// Until when an empty group waits for more members.
    hold_until: i64,
}

impl Group {
    /// A sign of life. Says whether the member is to join again.
    pub fn heartbeat(&mut self, now: i64, speaker: Speaker<'_>) -> Result<(), ResponseError> {
        self.check(speaker)?;
        if let Some(member) = self.members.get_mut(speaker.member_id) {
            member.touch(now);
        }
        match self.phase {
            Phase::Preparing => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Whether the speaker may commit offsets; a commit is a sign of life too. `transactional` for those inside a
    /// transaction.
    pub fn may_commit(
        &mut self,
        now: i64,
        speaker: Speaker<'_>,
        transactional: bool,
    ) -> Result<(), ResponseError> {
        if speaker.generation < 0 && self.phase == Phase::Empty {
            return Ok(());
        }
        if speaker.generation >= 0 || !speaker.member_id.is_empty() || speaker.instance.is_some() {
            if self.phase == Phase::Empty && self.generation == 0 {
                return Err(ResponseError::IllegalGeneration);
            }
            self.check(speaker)?;
        } else if !transactional {
            return Err(ResponseError::UnknownMemberId);
        }
        if !transactional && self.phase == Phase::Completing {
            return Err(ResponseError::RebalanceInProgress);
        }
        if let Some(member) = self.members.get_mut(speaker.member_id) {
            member.touch(now);
        }
        Ok(())
    }

    /// A member, or a static member's instance, goes for good.
    pub fn leave(
        &mut self,
        now: i64,
        member_id: &str,
        instance: Option<&str>,
        answers: &mut Answers,
    ) -> Result<(), ResponseError> {
        if instance.is_none() && self.promised.remove(member_id).is_some() {
            self.try_complete_join(now, answers);
            return Ok(());
        }
        let member_id = match instance {
            Some(instance) if member_id.is_empty() => {
                self.id_of(instance).ok_or(ResponseError::UnknownMemberId)?.to_owned()
            }
            _ => member_id.to_owned(),
        };
        self.check_member(&member_id, instance)?;
        self.remove(now, &member_id, answers);
        Ok(())
    }

    /// Removes those who gave no sign of life in time, and ends phases that lasted too long.
    pub fn expire(&mut self, now: i64, answers: &mut Answers) {
        let promised = self.promised.len();
        self.promised.retain(|_, until| *until > now);
        let silent = |(_, member): &(&String, &Member)| {
            member.waiting == Waiting::Nothing && member.alive_until <= now
        };
        let dead: Vec<String> = self.members.iter().filter(silent).map(|(id, _)| id.clone()).collect();
        for id in &dead {
            self.remove(now, id, answers);
        }
        match self.phase {
            Phase::Preparing if self.deadline <= now => self.complete_join(now, answers),
            Phase::Preparing if promised != self.promised.len() || self.hold_until <= now => {
                self.try_complete_join(now, answers);
            }
            Phase::Completing if self.deadline <= now => self.drop_unsynced(now, answers),
            _ => {}
        }
    }

    /// Whether it has no members now.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.promised.is_empty()
    }

    /// Whether it was asked for and never became a group: it has no members, no generation, no offsets.
    pub fn is_unused(&self) -> bool {
        self.is_empty() && self.generation == 0 && self.offsets.is_empty()
    }

    /// Where it is between two generations.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// `consumer`, or empty.
    pub fn protocol_type(&self) -> &str {
        &self.protocol_type
    }

    /// The assignor in use, or empty.
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// Members by id.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members.iter().map(|(id, member)| (id.as_str(), member))
    }

    fn id_of(&self, instance: &str) -> Option<&str> {
        let mut members = self.members.iter();
        members.find(|(_, one)| one.instance.as_deref() == Some(instance)).map(|(id, _)| id.as_str())
    }

    fn check_member(&self, member_id: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        if let Some(instance) = instance {
            match self.id_of(instance) {
                None => return Err(ResponseError::UnknownMemberId),
                Some(holder) if holder != member_id => return Err(ResponseError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(ResponseError::UnknownMemberId) }
    }

    fn check(&self, speaker: Speaker<'_>) -> Result<(), ResponseError> {
        self.check_member(speaker.member_id, speaker.instance)?;
        if speaker.generation == self.generation { Ok(()) } else { Err(ResponseError::IllegalGeneration) }
    }

    fn remove(&mut self, now: i64, member_id: &str, answers: &mut Answers) {
        if let Some(mut member) = self.members.remove(member_id) {
            member.dismiss(member_id, ResponseError::UnknownMemberId, answers);
        }
        match self.phase {
            Phase::Empty => {}
            Phase::Preparing => self.try_complete_join(now, answers),
            Phase::Completing | Phase::Stable => {
                self.begin_rebalance(now, answers);
                self.try_complete_join(now, answers);
            }
        }
    }

    fn longest_rebalance(&self) -> i64 {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or(0)
    }

    /// Tells everyone who waits for an assignment to join again.
    fn begin_rebalance(&mut self, now: i64, answers: &mut Answers) {
        for (id, member) in self.members.iter_mut().filter(|(_, member)| member.is_syncing()) {
            member.dismiss(id, ResponseError::RebalanceInProgress, answers);
            member.touch(now);
        }
        self.phase = Phase::Preparing;
        self.deadline = now + self.longest_rebalance();
        self.hold_until = now;
    }
}
