//! Which loops of a service have begun: a capture when its first position is stored, a group's member when its partitions
//! have their starts. Until the captures have begun no command may be handled: its rows would be committed before the
//! place from which capture reads.
//! It must not know: what a loop does.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

/// A loop, by what it is and what it reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Capture(&'static str),
    Publish,
    Dispatch,
    /// The dispatcher of a policy that has a place of its own.
    Policy(&'static str),
}

/// The loops that have not begun yet, shared by all loops of a service.
#[derive(Clone)]
pub(crate) struct Begun(Arc<watch::Sender<BTreeSet<Name>>>);

impl Begun {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::channel(BTreeSet::new()).0))
    }

    /// This loop will begin.
    pub(crate) fn expect(&self, name: Name) {
        self.0.send_modify(|awaited| {
            awaited.insert(name);
        });
    }

    /// This loop has begun; said again, it changes nothing.
    pub(crate) fn has(&self, name: &Name) {
        self.0.send_if_modified(|awaited| awaited.remove(name));
    }

    /// This loop is well, or is not.
    pub(crate) fn is(&self, name: &Name, well: bool) {
        if well { self.has(name) } else { self.lost(name) }
    }

    /// True when every loop has begun, and is well.
    #[cfg(feature = "embedded")]
    pub(crate) fn are_all(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The loops that have not begun, or not begun again.
    #[cfg(feature = "embedded")]
    pub(crate) fn awaited(&self) -> Vec<Name> {
        self.0.borrow().iter().cloned().collect()
    }

    /// This loop has lost what it stands on, and begins again.
    pub(crate) fn lost(&self, name: &Name) {
        self.0.send_if_modified(|awaited| awaited.insert(name.clone()));
    }

    /// Waits until every capture of this process has begun.
    pub(crate) async fn captures(&self) {
        let none = |awaited: &BTreeSet<Name>| !awaited.iter().any(|name| matches!(name, Name::Capture(_)));
        // The sender lives as long as `self`: waiting does not fail.
        let _ = self.0.subscribe().wait_for(none).await;
    }

    /// Waits until every loop has begun.
    pub(crate) async fn all(&self) {
        let _ = self.0.subscribe().wait_for(BTreeSet::is_empty).await;
    }

    /// Waits until a loop has not begun, or not begun again.
    pub(crate) async fn not_all(&self) {
        let _ = self.0.subscribe().wait_for(|awaited| !awaited.is_empty()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn captures_are_awaited_before_the_rest() {
        let begun = Begun::new();
        for name in [Name::Capture("shop"), Name::Capture("other"), Name::Publish] {
            begun.expect(name);
        }
        begun.has(&Name::Capture("shop"));
        let soon = tokio::time::timeout(std::time::Duration::from_millis(20), begun.captures());
        assert!(soon.await.is_err(), "one capture has not begun");
        begun.has(&Name::Capture("other"));
        begun.captures().await;
        begun.has(&Name::Publish);
        begun.all().await;
        begun.lost(&Name::Publish);
        begun.not_all().await;
        begun.has(&Name::Publish);
        begun.all().await;
    }
}
