//! Places of their own: a policy that is paused keeps its place in a group of its own, while the others go on in the
//! context's. It begins where the context's group stands, and has its own place from then on: going on after a pause is
//! going on from there.
//! It must not know: what a policy does.

use super::plan::group_of;
use crate::fault::Fault;
use crate::flow::Ground;
use crate::log::kafka;

/// The policies, among these, that are paused or have a place of their own since an earlier pause.
///
/// # Errors
/// The brokers do not say what is committed (K-104).
pub(crate) fn own_places(
    ground: &Ground,
    policies: &[(&'static str, &'static str)],
) -> Result<Vec<&'static str>, Fault> {
    let mut own = Vec::new();
    for (policy, topic) in policies {
        if is_paused(ground, policy)
            || !kafka::committed(&ground.kafka, &group_of(ground, policy), topic)?.is_empty()
        {
            own.push(*policy);
        }
    }
    Ok(own)
}

/// Gives a paused policy its place: where the context's group stands, unless it has one already.
///
/// # Errors
/// As [`own_places`].
pub(crate) fn keep_places(ground: &Ground, policies: &[(&'static str, &'static str)]) -> Result<(), Fault> {
    for (policy, topic) in policies.iter().filter(|(policy, _)| is_paused(ground, policy)) {
        let group = group_of(ground, policy);
        if !kafka::committed(&ground.kafka, &group, topic)?.is_empty() {
            continue;
        }
        let stands = kafka::committed(&ground.kafka, &ground.name("dispatch"), topic)?;
        kafka::store(&ground.kafka, &group, &stands)?;
    }
    Ok(())
}

fn is_paused(ground: &Ground, policy: &str) -> bool {
    ground.config.policy.get(policy).is_some_and(|section| section.pause)
}
