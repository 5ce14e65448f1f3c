//! Closing a client with a deadline: its destructor may wait for a broker that is gone. A client that has a name (a
//! member's place in a group, a transactional id) keeps it until it is really gone: the next one of that name waits, as
//! two of one name throw each other out.
//! It must not know: which client it is.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long a name is waited for: a close that hangs must not hang the service.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drops `client` on a thread of its own and waits for it no longer than `patience`. False when it is still at it.
pub(super) fn drop_within<C: Send + 'static>(client: C, patience: Duration) -> bool {
    let (done, closed) = std::sync::mpsc::channel();
    let dropping = std::thread::Builder::new().name("storm-close".into()).spawn(move || {
        drop(client);
        let _ = done.send(());
    });
    dropping.is_ok() && closed.recv_timeout(patience).is_ok()
}

/// A client without a name that is used for a moment. Closing it takes longer than most questions to the brokers, as the
/// library looks ten times a second whether it is done: that happens on a thread of its own, and nobody waits for it.
pub(super) struct Passing<C: Send + 'static>(Option<C>);

impl<C: Send + 'static> Passing<C> {
    pub(super) fn new(client: C) -> Self {
        Self(Some(client))
    }
}

impl<C: Send + 'static> Deref for Passing<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0.as_ref().expect("the client is there until it is dropped")
    }
}

impl<C: Send + 'static> Drop for Passing<C> {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop_within(client, Duration::ZERO);
        }
    }
}

/// The names that clients of one service have, those included that are being closed.
#[derive(Clone, Default)]
pub(super) struct Names(Arc<(Mutex<BTreeMap<String, usize>>, Condvar)>);

/// A client's name, until this is dropped: after the client.
pub(super) struct Named {
    names: Names,
    name: String,
}

impl Names {
    /// Takes a name as soon as nobody has it. Blocks, no longer than ten seconds.
    pub(super) fn take(&self, name: &str) -> Named {
        self.take_within(name, PATIENCE)
    }

    fn take_within(&self, name: &str, patience: Duration) -> Named {
        let (taken, given_back) = &*self.0;
        let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_taken = |taken: &mut BTreeMap<String, usize>| taken.contains_key(name);
        let waited = given_back.wait_timeout_while(taken, patience, is_taken);
        let (mut taken, end) = waited.unwrap_or_else(PoisonError::into_inner);
        if end.timed_out() {
            tracing::warn!(target: "storm::kafka", name, "an earlier client of this name is not closed yet");
        }
        *taken.entry(name.to_owned()).or_default() += 1;
        Named { names: self.clone(), name: name.to_owned() }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let (taken, given_back) = &*self.names.0;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get(&self.name).map_or(0, |count| count - 1);
        if left == 0 {
            taken.remove(&self.name);
        } else {
            taken.insert(self.name.clone(), left);
        }
        given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_name_is_free_when_its_client_is_gone_and_no_sooner() {
        let names = Names::default();
        let (let_go, closing) = channel::<()>();
        struct Client(std::sync::mpsc::Receiver<()>);
        impl Drop for Client {
            fn drop(&mut self) {
                let _ = self.0.recv();
            }
        }
        let first = (Client(closing), names.take("a"));
        assert!(!drop_within(first, Duration::from_millis(10)), "it is still at it");
        let (took, taken) = channel();
        let waiting = names.clone();
        std::thread::spawn(move || took.send(waiting.take("a")));
        names.take("another");
        assert!(taken.recv_timeout(Duration::from_millis(50)).is_err(), "the first one is not gone");
        let_go.send(()).unwrap();
        assert!(taken.recv_timeout(Duration::from_secs(9)).is_ok(), "it is free now");
    }

    #[test]
    fn a_close_that_hangs_holds_nobody_up_for_ever() {
        let names = Names::default();
        let _hangs = names.take("a");
        let second = names.take_within("a", Duration::from_millis(10));
        drop(second);
        let (taken, _) = &*names.0;
        assert_eq!(taken.lock().unwrap().get("a"), Some(&1), "the first one still has it");
    }
}
