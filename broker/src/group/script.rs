//! Rebalances played step by step, as the state machine sees them.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

use super::member::{Answer, Answers, Join, Joined, Ticket};
use super::sync::Sync;
use super::{Group, Phase, Speaker};

#[derive(Default)]
struct Play {
    group: Group,
    answers: Answers,
    now: i64,
}

impl Play {
    fn join(&mut self, ticket: Ticket, id: &str, instance: Option<&str>, subscription: &'static str) {
        let join = Join {
            member_id: id.to_owned(),
            fresh_id: format!("m{ticket}"),
            instance: instance.map(str::to_owned),
            client_id: "c".to_owned(),
            client_host: "h".to_owned(),
            session_timeout: 100,
            rebalance_timeout: 300,
            protocol_type: "consumer".to_owned(),
            protocols: vec![("range".to_owned(), Bytes::from_static(subscription.as_bytes()))],
            require_known_id: false,
            can_skip_assignment: false,
        };
        self.group.join(self.now, ticket, join, 0, &mut self.answers);
    }

    fn sync(
        &mut self,
        ticket: Ticket,
        id: &str,
        instance: Option<&str>,
        assignments: &[(&str, &'static str)],
    ) {
        let speaker = Speaker { member_id: id, instance, generation: self.group.generation };
        let assignments: BTreeMap<String, Bytes> = assignments
            .iter()
            .map(|(id, text)| ((*id).to_owned(), Bytes::from_static(text.as_bytes())))
            .collect();
        let sync = Sync { speaker, protocol_type: None, protocol: None, assignments };
        self.group.sync(self.now, ticket, sync, &mut self.answers);
    }

    fn take(&mut self, ticket: Ticket) -> Option<Answer> {
        let at = self.answers.iter().position(|(due, _)| *due == ticket)?;
        Some(self.answers.remove(at).1)
    }

    fn joined(&mut self, ticket: Ticket) -> Joined {
        match self.take(ticket) {
            Some(Answer::Join(Ok(joined))) => joined,
            other => panic!("{other:?}"),
        }
    }

    fn assigned(&mut self, ticket: Ticket) -> Bytes {
        match self.take(ticket) {
            Some(Answer::Sync(Ok(synced))) => synced.assignment,
            other => panic!("{other:?}"),
        }
    }

    /// A stable group of `m1` (the leader) and `m2`.
    fn pair(instances: [Option<&str>; 2]) -> Self {
        let mut play = Self::default();
        play.join(1, "", instances[0], "s");
        assert_eq!(play.joined(1).leader, "m1");
        play.join(2, "", instances[1], "s");
        assert_eq!(play.take(2), None, "m1 must join again first");
        play.join(3, "m1", instances[0], "s");
        assert_eq!(play.joined(3).members.len(), 2);
        assert_eq!(play.joined(2).members.len(), 0);
        play.sync(4, "m2", instances[1], &[]);
        assert_eq!(play.take(4), None, "the leader has not assigned yet");
        play.sync(5, "m1", instances[0], &[("m1", "one"), ("m2", "two")]);
        assert_eq!((play.assigned(4), play.assigned(5)), ("two".into(), "one".into()));
        assert_eq!(play.group.phase(), Phase::Stable);
        play
    }

    fn speak(&mut self, id: &str, generation: i32) -> Result<(), ResponseError> {
        self.group.heartbeat(self.now, Speaker { member_id: id, instance: None, generation })
    }
}

#[test]
fn two_members_form_a_stable_group() {
    let mut play = Play::pair([None, None]);
    assert_eq!(play.speak("m1", 2), Ok(()));
    assert_eq!(play.speak("m1", 1), Err(ResponseError::IllegalGeneration));
    assert_eq!(play.speak("nobody", 2), Err(ResponseError::UnknownMemberId));
}

#[test]
fn a_silent_member_is_removed_and_the_other_is_told_to_join_again() {
    let mut play = Play::pair([None, None]);
    play.now = 60;
    play.speak("m1", 2).unwrap();
    play.now = 120;
    play.group.expire(play.now, &mut play.answers);
    assert_eq!(play.speak("m1", 2), Err(ResponseError::RebalanceInProgress));
    play.join(6, "m1", None, "s");
    assert_eq!(play.joined(6).members.len(), 1);
}

#[test]
fn members_that_do_not_join_in_time_are_left_behind() {
    let mut play = Play::pair([None, None]);
    play.join(6, "m2", None, "other");
    for now in [80, 160, 240, 300] {
        play.now = now;
        let _ = play.speak("m1", 2);
        play.group.expire(now, &mut play.answers);
    }
    assert_eq!(play.joined(6).leader, "m2");
    assert_eq!(play.speak("m1", 3), Err(ResponseError::UnknownMemberId));
}

#[test]
fn a_follower_that_asks_again_unchanged_gets_the_same_generation() {
    let mut play = Play::pair([None, None]);
    play.join(6, "m2", None, "s");
    assert_eq!(play.joined(6).generation, 2);
    assert_eq!(play.group.phase(), Phase::Stable);
}

#[test]
fn a_static_member_comes_back_without_a_rebalance_and_fences_its_twin() {
    let mut play = Play::pair([Some("a"), Some("b")]);
    play.join(6, "", Some("b"), "owns nothing now");
    let told = play.joined(6);
    assert_eq!((told.generation, told.member_id.as_str()), (2, "m6"));
    play.sync(7, "m6", Some("b"), &[]);
    assert_eq!(play.assigned(7), "two");
    let twin = Speaker { member_id: "m2", instance: Some("b"), generation: 2 };
    assert_eq!(play.group.heartbeat(0, twin), Err(ResponseError::FencedInstanceId));
}

#[test]
fn a_static_leader_comes_back_as_a_follower() {
    let mut play = Play::pair([Some("a"), Some("b")]);
    play.join(6, "", Some("a"), "s");
    let told = play.joined(6);
    assert_eq!((told.leader.as_str(), told.members.len()), ("m1", 0));
    play.sync(7, "m6", Some("a"), &[]);
    assert_eq!(play.assigned(7), "one");
}

#[test]
fn leaving_starts_a_rebalance_and_the_last_one_empties_the_group() {
    let mut play = Play::pair([None, None]);
    play.group.leave(0, "m2", None, &mut play.answers).unwrap();
    assert_eq!(play.group.phase(), Phase::Preparing);
    play.group.leave(0, "m1", None, &mut play.answers).unwrap();
    assert_eq!(play.group.phase(), Phase::Empty);
    assert_eq!(play.group.leave(0, "m1", None, &mut play.answers), Err(ResponseError::UnknownMemberId));
}

#[test]
fn a_rebalance_during_assignment_sends_waiting_members_back() {
    let mut play = Play::default();
    play.join(1, "", None, "s");
    play.joined(1);
    play.join(2, "", None, "s");
    assert_eq!(play.group.phase(), Phase::Preparing);
    play.join(3, "m1", None, "s");
    play.joined(2);
    play.joined(3);
    play.sync(4, "m2", None, &[]);
    play.join(5, "", None, "s");
    assert_eq!(play.take(4), Some(Answer::Sync(Err(ResponseError::RebalanceInProgress))));
}

#[test]
fn commits_are_for_members_of_the_present_generation() {
    let mut play = Play::pair([None, None]);
    let speaker = |id, generation| Speaker { member_id: id, instance: None, generation };
    assert_eq!(play.group.may_commit(0, speaker("m1", 2), true), Ok(()));
    assert_eq!(play.group.may_commit(0, speaker("m1", 1), true), Err(ResponseError::IllegalGeneration));
    assert_eq!(play.group.may_commit(0, speaker("x", 2), true), Err(ResponseError::UnknownMemberId));
    assert_eq!(play.group.may_commit(0, speaker("", -1), false), Err(ResponseError::UnknownMemberId));
    let mut fresh = Group::default();
    assert_eq!(fresh.may_commit(0, speaker("", -1), false), Ok(()));
    assert_eq!(fresh.may_commit(0, speaker("m1", 2), false), Err(ResponseError::IllegalGeneration));
}

#[test]
fn an_unshared_protocol_is_refused() {
    let mut play = Play::pair([None, None]);
    let mut join = |kind: &str, protocol: &str| {
        let join = Join {
            member_id: String::new(),
            fresh_id: "m9".to_owned(),
            instance: None,
            client_id: String::new(),
            client_host: String::new(),
            session_timeout: 100,
            rebalance_timeout: 100,
            protocol_type: kind.to_owned(),
            protocols: vec![(protocol.to_owned(), Bytes::new())],
            require_known_id: true,
            can_skip_assignment: true,
        };
        play.group.join(0, 9, join, 0, &mut play.answers);
        play.answers.pop().map(|(_, answer)| answer)
    };
    let refused = |error, id: &str| Some(Answer::Join(Err((error, id.to_owned()))));
    assert_eq!(join("consumer", "other"), refused(ResponseError::InconsistentGroupProtocol, ""));
    assert_eq!(join("connect", "range"), refused(ResponseError::InconsistentGroupProtocol, ""));
    assert_eq!(join("consumer", "range"), refused(ResponseError::MemberIdRequired, "m9"));
}
