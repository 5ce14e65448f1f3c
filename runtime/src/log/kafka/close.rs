//! Closing a client with a deadline: its destructor may wait for a broker that is gone.
//! It must not know: which client it is.

use std::time::Duration;

/// Drops `client` on a thread of its own and waits for it no longer than `patience`. False when it is still at it.
pub(super) fn drop_within<C: Send + 'static>(client: C, patience: Duration) -> bool {
    let (done, closed) = std::sync::mpsc::channel();
    let dropping = std::thread::Builder::new().name("storm-close".into()).spawn(move || {
        drop(client);
        let _ = done.send(());
    });
    dropping.is_ok() && closed.recv_timeout(patience).is_ok()
}
