//! External systems: a handler calls them through here, so that each call has a time limit, all calls together keep to
//! what the other side takes, and a system that is down is left alone for a while. What it makes of an outage is
//! "unavailable": the command waits and burns no attempt.
//! It must not know: how a system is spoken to.

mod breaker;
mod guard;
mod limits;
mod rate;

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::command::Work;
use crate::failure::Failure;
use crate::spec::ExternalSpec;

pub(crate) use guard::Guard;

/// An external system of the model, as a type: generated code declares it.
pub trait System: Send + Sync + 'static {
    /// What the model says of it.
    const SPEC: &'static ExternalSpec;
}

/// The door to an external system, as a handler holds it: `start.external::<PayPal>()`. Clones share its limits.
pub struct External<S> {
    guard: Arc<Guard>,
    url: Arc<str>,
    system: PhantomData<fn() -> S>,
}

impl<S: System> External<S> {
    /// `url` is the configuration's.
    pub(crate) fn new(guard: Arc<Guard>, url: Option<String>) -> Self {
        let url = url.as_deref().or(S::SPEC.url).unwrap_or_default().into();
        Self { guard, url, system: PhantomData }
    }

    /// Where it is: the configuration's `external.<name>.url`, else the model's, else empty.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls the system for the command that `work` is for. `call` gets the idempotency key: the command's id, the same on
    /// every attempt, so that a call whose answer was lost is not done twice by a system that takes such keys.
    ///
    /// It waits its turn when the rate is used up, and is not made at all while the breaker is open. The call's future is
    /// dropped when the time is up.
    ///
    /// ```text
    /// let receipt = self.paypal.call(work, |key| self.client.charge(key, order_id, total)).await?;
    /// ```
    ///
    /// # Errors
    /// [`Failure::unavailable`] when the time is up (H-301), the breaker is open (H-302) or the wait for a turn would be too
    /// long (H-303); else what the call's error is as a failure: one that says "unavailable", as a connection's error
    /// does, counts against the breaker. `external.<name>.outage` may make other failures of those that are unavailable.
    pub fn call<'s, T, E, F, C>(
        &'s self,
        work: &Work<'_>,
        call: C,
    ) -> impl Future<Output = Result<T, Failure>> + use<'s, S, T, E, F, C>
    where
        C: FnOnce(String) -> F,
        F: Future<Output = Result<T, E>>,
        E: Into<Failure>,
    {
        let key = work.command_id().to_owned();
        self.guard.run(move || call(key))
    }
}

impl<S> Clone for External<S> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), url: self.url.clone(), system: PhantomData }
    }
}

impl<S: System> std::fmt::Debug for External<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("External").field("name", &S::SPEC.name).finish_non_exhaustive()
    }
}
