//! Starting several servers at once: each takes seconds, and most of them are waiting.

use std::path::Path;
use std::thread;

use storm_servers::{Error, Kind, Options, Server};

/// Starts each kind, installing what is absent. With a folder the data stays, in a folder a kind.
pub(crate) fn start(kinds: &[Kind], keep: Option<&Path>) -> Vec<(Kind, Result<Server, Error>)> {
    each(kinds, |kind| {
        let options = Options::new();
        kind.start_with(match keep {
            Some(folder) => options.folder(folder.join(kind.name())),
            None => options,
        })
    })
}

/// Does the same for each kind, side by side, and gives the answers in the kinds' order.
pub(crate) fn each<T: Send>(kinds: &[Kind], what: impl Fn(Kind) -> T + Sync) -> Vec<(Kind, T)> {
    let what = &what;
    thread::scope(|scope| {
        let threads: Vec<_> = kinds.iter().map(|kind| (*kind, scope.spawn(move || what(*kind)))).collect();
        let answer = |thread: thread::ScopedJoinHandle<'_, T>| match thread.join() {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(|(kind, thread)| (kind, answer(thread))).collect()
    })
}
