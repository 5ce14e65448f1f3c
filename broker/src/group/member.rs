//! One member of a consumer group, and the answers it may be waiting for.

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

/// Names a request that waits for its answer.
pub(crate) type Ticket = u64;

/// Answers that became due, each for the request that waits.
pub(crate) type Answers = Vec<(Ticket, Answer)>;

/// What a waiting request is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// To JoinGroup: the new generation, or why not (with the member's id, if it has one now).
    Join(Result<Joined, (ResponseError, String)>),
    /// To SyncGroup: the member's assignment.
    Sync(Result<Synced, ResponseError>),
}

/// A generation as one member sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub generation: i32,
    pub protocol_type: String,
    pub protocol: String,
    pub leader: String,
    pub member_id: String,
    /// For the leader only: everyone, with what they subscribed to.
    pub members: Vec<(String, Option<String>, Bytes)>,
    /// The leader came back without a rebalance: it must not assign anew.
    pub skip_assignment: bool,
}

/// A member's assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Synced {
    pub protocol_type: String,
    pub protocol: String,
    pub assignment: Bytes,
}

/// Who asks to join, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    /// Empty at first.
    pub member_id: String,
    /// The id it gets if it has none.
    pub fresh_id: String,
    /// `group.instance.id` of a static member.
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    /// Milliseconds.
    pub session_timeout: i64,
    /// Milliseconds.
    pub rebalance_timeout: i64,
    pub protocol_type: String,
    /// Assignors with the subscription for each, most wanted first.
    pub protocols: Vec<(String, Bytes)>,
    /// Whether the client can be told its id and be asked to come again with it.
    pub require_known_id: bool,
    /// Whether the client knows of `skip_assignment`.
    pub can_skip_assignment: bool,
}

/// What a member waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    Nothing,
    Join(Ticket),
    Sync(Ticket),
}

/// A member.
#[derive(Debug)]
pub(crate) struct Member {
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub protocols: Vec<(String, Bytes)>,
    pub assignment: Bytes,
    pub(super) session_timeout: i64,
    pub(super) rebalance_timeout: i64,
    pub(super) waiting: Waiting,
    pub(super) alive_until: i64,
}

impl Member {
    pub(super) fn new(now: i64, join: Join) -> Self {
        Self {
            instance: join.instance,
            client_id: join.client_id,
            client_host: join.client_host,
            protocols: join.protocols,
            assignment: Bytes::new(),
            session_timeout: join.session_timeout,
            rebalance_timeout: join.rebalance_timeout,
            waiting: Waiting::Nothing,
            alive_until: now + join.session_timeout,
        }
    }

    pub(super) fn update(&mut self, now: i64, join: Join) {
        self.protocols = join.protocols;
        self.session_timeout = join.session_timeout;
        self.rebalance_timeout = join.rebalance_timeout;
        self.touch(now);
    }

    /// Proof of life.
    pub(super) fn touch(&mut self, now: i64) {
        self.alive_until = now + self.session_timeout;
    }

    pub(super) fn is_joining(&self) -> bool {
        matches!(self.waiting, Waiting::Join(_))
    }

    pub(super) fn is_syncing(&self) -> bool {
        matches!(self.waiting, Waiting::Sync(_))
    }

    /// What it subscribed to under an assignor.
    pub fn subscription(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|(name, _)| name == protocol);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }

    /// Ends whatever it waits for with an error.
    pub(super) fn dismiss(&mut self, id: &str, error: ResponseError, answers: &mut Answers) {
        match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Nothing => {}
            Waiting::Join(ticket) => answers.push((ticket, Answer::Join(Err((error, id.to_owned()))))),
            Waiting::Sync(ticket) => answers.push((ticket, Answer::Sync(Err(error)))),
        }
    }
}
