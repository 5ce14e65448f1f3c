//! Where a record comes from: one packed header, so that a filter that reads `ce_type` never pays for it.
//! It must not know: Kafka.

use uuid::Uuid;

/// The causes of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// The same for everything that followed from one beginning: the id of the transaction or command that began it.
    pub correlation: String,
    /// The id of what caused this directly: a command for an event, an event for a command. Empty at the beginning.
    pub causation: String,
    /// W3C trace context.
    pub traceparent: String,
    /// How many commands lie between the beginning and here.
    pub hop: u32,
}

impl Lineage {
    /// The beginning of a chain.
    pub fn beginning(id: &str) -> Self {
        Self { correlation: id.into(), causation: String::new(), traceparent: traceparent(id, id), hop: 0 }
    }

    /// What follows from `cause`, under an id of its own. `hop` is counted by the caller.
    pub fn following(&self, cause: &str, id: &str, hop: u32) -> Self {
        let correlation = self.correlation.clone();
        let traceparent = self.traceparent_of(id);
        Self { correlation, causation: cause.into(), traceparent, hop }
    }

    /// The same causes, with a place of its own in the trace: where a command is carried out.
    pub(crate) fn carried_out(&self, id: &str) -> Self {
        Self { traceparent: self.traceparent_of(&format!("{id}/carried out")), ..self.clone() }
    }

    /// The trace goes on with a span for `id`.
    fn traceparent_of(&self, id: &str) -> String {
        match self.traceparent.split('-').nth(1).filter(|trace| trace.len() == 32) {
            Some(trace) => format!("00-{trace}-{:016x}-01", span(id)),
            None => traceparent(&self.correlation, id),
        }
    }

    /// The header's value: the four parts joined by `|`; `%` and `|` within them as `%25` and `%7C`.
    pub fn pack(&self) -> String {
        let clean = |text: &str| text.replace('%', "%25").replace('|', "%7C");
        let (correlation, causation) = (clean(&self.correlation), clean(&self.causation));
        format!("{correlation}|{causation}|{}|{}", clean(&self.traceparent), self.hop)
    }

    /// The parts of a header's value, or nothing when it is not one: lineage is for people, a record is never refused
    /// for it.
    pub fn unpack(text: &str) -> Option<Self> {
        let mut parts = text.split('|').map(|part| part.replace("%7C", "|").replace("%25", "%"));
        let (correlation, causation, traceparent) = (parts.next()?, parts.next()?, parts.next()?);
        let hop = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { correlation, causation, traceparent, hop })
    }
}

/// A trace for `correlation` with a span for `id`: the same after any replay.
fn traceparent(correlation: &str, id: &str) -> String {
    let trace = Uuid::new_v5(&Uuid::NAMESPACE_OID, correlation.as_bytes());
    format!("00-{:032x}-{:016x}-01", trace.as_u128(), span(id))
}

fn span(id: &str) -> u64 {
    (Uuid::new_v5(&Uuid::NAMESPACE_URL, id.as_bytes()).as_u128() >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::Lineage;

    #[test]
    fn packs_and_unpacks() {
        let start = Lineage::beginning("shop.0/0-11-7|%");
        let next = start.following("shop.0/0-11-7/shop.orders/0/OrderPlaced", "c-1", 1);
        assert_eq!(Lineage::unpack(&next.pack()), Some(next.clone()));
        assert_eq!(next.traceparent[..36], start.traceparent[..36], "the trace goes on");
        assert_ne!(next.traceparent, start.traceparent, "with a span of its own");
        assert_eq!(Lineage::unpack("a|b"), None);
        assert_eq!(Lineage::unpack("a|b|c|x"), None);
    }
}
