//! Who has begun last under a name. A member of a group, and a transactional id, are one process's by their name, and
//! whoever is thrown out is told only that it was, not by whom: it may be another process under the same name, a broker
//! that ended a transaction for its age, or a request of this very process that was answered too late, sent once more and
//! carried out twice. So each process notes its mark under its names when it begins, and who is thrown out looks whose
//! mark is the last one there.
//! It must not know: what follows from it.

use super::client::Kafka;
use super::journal::{self, Journal};
use crate::fault::Fault;

/// Notes in the topic `journal` that this process begins under the name `instance`. Blocks until that is stored.
///
/// # Errors
/// The brokers do not take it (K-103).
pub(crate) fn claim(kafka: &Kafka, journal: &str, instance: &str) -> Result<(), Fault> {
    let note = journal::note(journal, &claimed(instance), kafka.mark());
    journal::write(kafka, &[note]).map_err(|why| {
        let message = format!("that `{instance}` begins cannot be noted: {why}");
        Fault::world("K-103", message, "look at the brokers' health and at the rights of this client")
    })
}

/// True unless another process has begun under the name `instance` since this one did.
///
/// # Errors
/// The topic `journal` cannot be read to its end (K-108).
pub(crate) fn is_ours(kafka: &Kafka, journal: &str, instance: &str) -> Result<bool, Fault> {
    let last = Journal::read(kafka, journal)?.noted(&claimed(instance));
    Ok(last.is_none_or(|mark| mark == kafka.mark()))
}

fn claimed(instance: &str) -> String {
    format!("claim/{instance}")
}
