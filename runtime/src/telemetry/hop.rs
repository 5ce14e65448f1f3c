//! A record's hops as tracing events of the target `storm::hop`, at debug level: ids and names, never a row's values. A
//! key is a value too: only the embedded default's story has it.
//! The demo tells its story from them; a log filter `storm::hop=debug` shows them anywhere.
//! It must not know: who listens.

use std::sync::atomic::{AtomicBool, Ordering};

/// The target of every hop.
pub(crate) const TARGET: &str = "storm::hop";

static WITH_KEYS: AtomicBool = AtomicBool::new(false);

/// Keys may be told from now on: the embedded default shows recorded data to whoever recorded it.
pub(crate) fn with_keys() {
    WITH_KEYS.store(true, Ordering::Relaxed);
}

/// One hop: what kind, the id it made, the id it came from, the message's name, the aggregate's key, the chain.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hop<'h> {
    /// `row`, `raw`, `event`, `policy`, `command`, `sent`, `recorded`, `dead`.
    pub(crate) hop: &'h str,
    pub(crate) context: &'h str,
    pub(crate) id: &'h str,
    pub(crate) cause: &'h str,
    pub(crate) name: &'h str,
    pub(crate) key: &'h str,
    pub(crate) correlation: &'h str,
    /// More, in words: an outcome, a reason.
    pub(crate) note: &'h str,
}

impl Hop<'_> {
    /// True when someone listens: whoever has to make the parts of a hop first asks.
    pub(crate) fn is_heard() -> bool {
        tracing::enabled!(target: TARGET, tracing::Level::DEBUG)
    }

    /// Tells whoever listens; costs one check when nobody does.
    pub(crate) fn tell(self) {
        let Self { hop, context, id, cause, name, key, correlation, note } = self;
        let key = WITH_KEYS.load(Ordering::Relaxed).then_some(key);
        tracing::debug!(target: TARGET, hop, context, id, cause, name, key, correlation, note);
    }
}
