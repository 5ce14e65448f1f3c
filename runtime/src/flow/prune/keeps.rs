//! How long rows of the two tables in a handler's database are kept. An inbox row must outlive every way by which its
//! command can come again: else it acts again.
//! It must not know: SQL, or when rows are looked for.

use std::time::Duration;

use crate::config::{DatabaseSection, Keep, Span};
use crate::fault::Fault;
use crate::spec::{ContextSpec, TopicSpec};

/// Unless said, a row is kept for so long at least: twice the month that public events and dead letters are kept where
/// nobody says otherwise. A letter may be redriven on its last day, and wait on a topic for as long again; what policies
/// hear of other contexts is kept by their models, which this one does not know.
const LEAST: Duration = Duration::from_secs(60 * 24 * 3_600);

/// The age at which rows are removed; `None` for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keeps {
    pub(crate) inbox: Option<Duration>,
    pub(crate) outbox: Option<Duration>,
}

/// What the model says of a topic's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Retention {
    For(Duration),
    Forever,
}

impl Keeps {
    /// What the configuration says, else what follows from the context's topics.
    ///
    /// # Errors
    /// Inbox rows would be removed before the last record of a topic by which their command may come again (F-114).
    pub(crate) fn of(spec: &ContextSpec, section: &DatabaseSection) -> Result<Self, Fault> {
        let topics = &spec.topics;
        let kept = [&topics.commands, &topics.events, &topics.dead];
        let longest = kept.iter().filter_map(|topic| Some((retention(topic)?, topic.name))).max();
        let inbox = match (section.inbox_keep, longest) {
            (Some(Keep::Forever), _) | (None, Some((Retention::Forever, _))) => None,
            (None, Some((Retention::For(time), _))) => Some(time.saturating_mul(2).max(LEAST)),
            (None, None) => Some(LEAST),
            (Some(Keep::For(keep)), Some((longest, topic))) if Retention::For(keep.0) < longest => {
                return Err(too_short(keep, longest, topic));
            }
            (Some(Keep::For(keep)), _) => Some(keep.0),
        };
        let outbox = match section.outbox_keep {
            Keep::For(keep) => Some(keep.0),
            Keep::Forever => None,
        };
        Ok(Self { inbox, outbox })
    }
}

fn too_short(keep: Span, longest: Retention, topic: &str) -> Fault {
    let longest = match longest {
        Retention::For(time) => Span(time).to_string(),
        Retention::Forever => "forever".to_owned(),
    };
    let message = format!(
        "`database.inbox_keep` = `{keep}` is less than the topic `{topic}` keeps its records ({longest}): a command that \
         comes again would act again"
    );
    let help =
        format!("take the key out, or set it to `{longest}` or more; twice that leaves time for a redrive");
    Fault::configuration("F-114", message, help)
}

/// How long the model keeps a topic's records by time, where it says so.
fn retention(topic: &TopicSpec) -> Option<Retention> {
    let (_, value) = topic.settings.iter().find(|(name, _)| *name == "retention.ms")?;
    match value.parse::<i64>().ok()? {
        millis if millis < 0 => Some(Retention::Forever),
        millis => Some(Retention::For(Duration::from_millis(millis.unsigned_abs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TopicsSpec;

    const DAY: u64 = 24 * 3_600;

    fn topic(name: &'static str, retention: &'static [(&'static str, &'static str)]) -> TopicSpec {
        TopicSpec { name, partitions: 1, replicas: 1, min_insync: 1, settings: retention }
    }

    fn kept(events: &'static [(&'static str, &'static str)], keep: Option<&str>) -> Result<Keeps, Fault> {
        let week = &[("retention.ms", "604800000")];
        let topics = TopicsSpec {
            raw: topic("priv_shop", &[("retention.ms", "-1")]),
            events: topic("shop_events", events),
            commands: topic("shop_commands", week),
            dead: topic("shop_dead", week),
        };
        let spec = ContextSpec { system: "shop", name: "Shop", slug: "shop", topics };
        let text = keep.map(|keep| format!("inbox_keep = '{keep}'")).unwrap_or_default();
        Keeps::of(&spec, &toml::from_str(&text).unwrap())
    }

    #[test]
    fn an_inbox_row_outlives_the_topics_of_its_context() {
        let days = |days: u64| Duration::from_secs(days * DAY);
        let inbox = |events, keep| kept(events, keep).map(|keeps| keeps.inbox);
        let (month, year, always) = (
            &[("retention.ms", "2592000000")],
            &[("retention.ms", "31536000000")],
            &[("cleanup.policy", "delete"), ("retention.ms", "-1")],
        );
        assert_eq!(inbox(month, None), Ok(Some(days(60))));
        assert_eq!(inbox(year, None), Ok(Some(days(730))), "twice of what is kept longest");
        assert_eq!(inbox(always, None), Ok(None), "never, where events are kept for ever");
        assert_eq!(inbox(&[], None), Ok(Some(days(60))), "where the model says nothing");
        assert_eq!(inbox(month, Some("30d")), Ok(Some(days(30))), "as long is long enough");
        assert_eq!(inbox(month, Some("forever")), Ok(None));
        for (events, keep, topic) in [
            (month, "719h", "`shop_events`"),
            (&[("retention.ms", "0")], "6d", "`shop_"),
            (&[("retention.ms", "-1")], "9999d", "`shop_events`"),
        ] {
            let fault = kept(events, Some(keep)).unwrap_err();
            assert_eq!(fault.code, "F-114");
            assert!(fault.configuration && fault.message.contains(topic), "{fault}");
        }
    }

    #[test]
    fn the_outbox_is_kept_for_a_week_unless_said() {
        let outbox = |text| DatabaseSection { outbox_keep: text, ..DatabaseSection::default() }.outbox_keep;
        assert_eq!(kept(&[], None).unwrap().outbox, Some(Duration::from_secs(7 * DAY)));
        assert_eq!(outbox(Keep::Forever), Keep::Forever);
    }
}
