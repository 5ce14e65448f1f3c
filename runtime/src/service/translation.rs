//! From a raw row to public events: the generated functions, without their types, found by the raw record's `ce_type`.
//! It must not know: Kafka or transactions.

use std::any::Any;
use std::collections::HashMap;

use crate::Refusal;
use crate::change::Change;
use crate::message::{Event, RawRow};

type Decoded = Box<dyn Any>;
/// The event's key and body, if the row is one.
type Made = Result<Option<(String, Vec<u8>)>, Refusal>;
type Apply = Box<dyn Fn(&dyn Any) -> Made + Send + Sync>;

/// One translation: a raw row of one table to one event, or to none.
pub struct Translation {
    raw: &'static str,
    event: &'static str,
    decode: fn(&[u8]) -> Result<Decoded, Refusal>,
    apply: Apply,
}

/// A translation from a generated function.
pub fn row<R: RawRow, E: Event>(
    translate: impl Fn(&Change<R>) -> Result<Option<E>, Refusal> + Send + Sync + 'static,
) -> Translation {
    let apply = move |change: &dyn Any| {
        let change = change.downcast_ref::<Change<R>>().expect("a change is decoded by its own table's type");
        Ok(translate(change)?.map(|event| (event.key(), event.encode())))
    };
    let decode = |bytes: &[u8]| R::decode_change(bytes).map(|change| Box::new(change) as Decoded);
    Translation { raw: R::NAME, event: E::NAME, decode, apply: Box::new(apply) }
}

/// An event that a translation made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Translated<'t> {
    /// Its full message name.
    pub(crate) event: &'static str,
    /// The last part of its id.
    pub(crate) capture: &'t str,
    /// Its canonical aggregate key.
    pub(crate) key: String,
    /// Encoded.
    pub(crate) body: Vec<u8>,
}

/// All translations of a service, by raw type.
pub(crate) struct Translations(HashMap<&'static str, Vec<(String, Translation)>>);

impl Translations {
    /// Indexed. A second capture of one event from one table gets a number, so that ids differ and do not move when
    /// other captures come or go.
    pub(crate) fn new(translations: impl IntoIterator<Item = Translation>) -> Self {
        let mut table: HashMap<&'static str, Vec<(String, Translation)>> = HashMap::new();
        for translation in translations {
            let entries = table.entry(translation.raw).or_default();
            let name = translation.event.rsplit('.').next().unwrap_or(translation.event);
            let capture = match entries.iter().filter(|(_, other)| other.event == translation.event).count() {
                0 => name.to_owned(),
                n => format!("{name}.{}", n + 1),
            };
            entries.push((capture, translation));
        }
        Self(table)
    }

    /// True when rows of this type have a translation.
    pub(crate) fn knows(&self, raw: &str) -> bool {
        self.0.contains_key(raw)
    }

    /// The events that a raw record becomes; decoded once however many translations read it.
    pub(crate) fn apply(&self, raw: &str, body: &[u8]) -> Result<Vec<Translated<'_>>, Refusal> {
        let Some(entries) = self.0.get(raw) else { return Ok(Vec::new()) };
        let change = (entries[0].1.decode)(body)?;
        let mut events = Vec::new();
        for (capture, translation) in entries {
            if let Some((key, body)) = (translation.apply)(&*change)? {
                events.push(Translated { event: translation.event, capture, key, body });
            }
        }
        Ok(events)
    }
}
