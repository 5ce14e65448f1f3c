//! The end of a rebalance: the leader's assignments reach everyone.
//!
//! It must not know what an assignment says.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

use super::member::{Answer, Answers, Synced, Ticket, Waiting};
use super::{Group, Phase, Speaker};

/// A member's SyncGroup.
#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub speaker: Speaker<'a>,
    /// Checked if the client sends it.
    pub protocol_type: Option<&'a str>,
    /// Checked if the client sends it.
    pub protocol: Option<&'a str>,
    /// From the leader only.
    pub assignments: BTreeMap<String, Bytes>,
}

impl Group {
    /// A member asks for its assignment; the leader brings everyone's.
    pub fn sync(&mut self, now: i64, ticket: Ticket, sync: Sync<'_>, answers: &mut Answers) {
        if let Err(error) = self.try_sync(now, ticket, sync, answers) {
            answers.push((ticket, Answer::Sync(Err(error))));
        }
    }

    fn try_sync(
        &mut self,
        now: i64,
        ticket: Ticket,
        mut sync: Sync<'_>,
        answers: &mut Answers,
    ) -> Result<(), ResponseError> {
        self.check(sync.speaker)?;
        let differs = |own: &str, theirs: Option<&str>| theirs.is_some_and(|theirs| theirs != own);
        if differs(&self.protocol_type, sync.protocol_type) || differs(&self.protocol, sync.protocol) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        let id = sync.speaker.member_id;
        let Some(member) = self.members.get_mut(id) else { return Err(ResponseError::UnknownMemberId) };
        match self.phase {
            Phase::Empty => Err(ResponseError::UnknownMemberId),
            Phase::Preparing => Err(ResponseError::RebalanceInProgress),
            Phase::Stable => {
                member.touch(now);
                let assignment = member.assignment.clone();
                answers.push((ticket, Answer::Sync(Ok(self.synced(assignment)))));
                Ok(())
            }
            Phase::Completing => {
                member.dismiss(id, ResponseError::RebalanceInProgress, answers);
                member.waiting = Waiting::Sync(ticket);
                if self.leader == id {
                    for (id, member) in &mut self.members {
                        member.assignment = sync.assignments.remove(id).unwrap_or_default();
                    }
                    self.phase = Phase::Stable;
                    self.answer_syncing(now, answers);
                }
                Ok(())
            }
        }
    }

    fn answer_syncing(&mut self, now: i64, answers: &mut Answers) {
        let mut due = Vec::new();
        for member in self.members.values_mut().filter(|member| member.is_syncing()) {
            if let Waiting::Sync(ticket) = std::mem::replace(&mut member.waiting, Waiting::Nothing) {
                member.touch(now);
                due.push((ticket, member.assignment.clone()));
            }
        }
        for (ticket, assignment) in due {
            answers.push((ticket, Answer::Sync(Ok(self.synced(assignment)))));
        }
    }

    fn synced(&self, assignment: Bytes) -> Synced {
        Synced { protocol_type: self.protocol_type.clone(), protocol: self.protocol.clone(), assignment }
    }

    /// Members that never asked for their assignment are removed, and the rest joins again.
    pub(super) fn drop_unsynced(&mut self, now: i64, answers: &mut Answers) {
        self.members.retain(|_, member| member.is_syncing());
        self.begin_rebalance(now, answers);
        self.try_complete_join(now, answers);
    }
}
