//! The settings of a topic that the broker knows, with Kafka's names, defaults and limits.
//!
//! A setting that Kafka knows and this broker has no use for (replicas, flushing, segments) is kept and shown, so
//! that the same configuration can be applied here and to a real cluster. It must not know requests.

use std::collections::BTreeMap;

/// How a setting's value is read. The numbers are those of Kafka's DescribeConfigs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean = 1,
    Text = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub kind: Kind,
    /// The words it may be, or the least number.
    limit: Limit,
}

#[derive(Debug)]
enum Limit {
    None,
    AtLeast(i64),
    OneOf(&'static [&'static str]),
}

const fn setting(name: &'static str, default: &'static str, kind: Kind, limit: Limit) -> Setting {
    Setting { name, default, kind, limit }
}

/// Every setting, in the order of their names.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("cleanup.policy", "delete", Kind::List, Limit::OneOf(&["delete", "compact"])),
    setting(
        "compression.type",
        "producer",
        Kind::Text,
        Limit::OneOf(&["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"]),
    ),
    setting("delete.retention.ms", "86400000", Kind::Long, Limit::AtLeast(0)),
    setting("file.delete.delay.ms", "60000", Kind::Long, Limit::AtLeast(0)),
    setting("flush.messages", "9223372036854775807", Kind::Long, Limit::AtLeast(1)),
    setting("flush.ms", "9223372036854775807", Kind::Long, Limit::AtLeast(0)),
    setting("follower.replication.throttled.replicas", "", Kind::List, Limit::None),
    setting("index.interval.bytes", "4096", Kind::Int, Limit::AtLeast(0)),
    setting("leader.replication.throttled.replicas", "", Kind::List, Limit::None),
    setting("local.retention.bytes", "-2", Kind::Long, Limit::AtLeast(-2)),
    setting("local.retention.ms", "-2", Kind::Long, Limit::AtLeast(-2)),
    setting("max.compaction.lag.ms", "9223372036854775807", Kind::Long, Limit::AtLeast(1)),
    setting("max.message.bytes", "1048588", Kind::Int, Limit::AtLeast(0)),
    setting("message.timestamp.after.max.ms", "9223372036854775807", Kind::Long, Limit::AtLeast(0)),
    setting("message.timestamp.before.max.ms", "9223372036854775807", Kind::Long, Limit::AtLeast(0)),
    setting(
        "message.timestamp.type",
        "CreateTime",
        Kind::Text,
        Limit::OneOf(&["CreateTime", "LogAppendTime"]),
    ),
    setting("min.cleanable.dirty.ratio", "0.5", Kind::Double, Limit::None),
    setting("min.compaction.lag.ms", "0", Kind::Long, Limit::AtLeast(0)),
    setting("min.insync.replicas", "1", Kind::Int, Limit::AtLeast(1)),
    setting("preallocate", "false", Kind::Boolean, Limit::None),
    setting("remote.storage.enable", "false", Kind::Boolean, Limit::None),
    setting("retention.bytes", "-1", Kind::Long, Limit::AtLeast(-1)),
    setting("retention.ms", "604800000", Kind::Long, Limit::AtLeast(-1)),
    setting("segment.bytes", "1073741824", Kind::Int, Limit::AtLeast(1 << 20)),
    setting("segment.index.bytes", "10485760", Kind::Int, Limit::AtLeast(4)),
    setting("segment.jitter.ms", "0", Kind::Long, Limit::AtLeast(0)),
    setting("segment.ms", "604800000", Kind::Long, Limit::AtLeast(1)),
    setting("unclean.leader.election.enable", "false", Kind::Boolean, Limit::None),
];

/// A topic's settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct TopicConfig {
    set: BTreeMap<String, String>,
}

impl TopicConfig {
    /// Settings from names and values; `Err` is the sentence for the person who sent them.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Self, String> {
        let mut config = Self::default();
        for (name, value) in pairs {
            config.set(name, value)?;
        }
        Ok(config)
    }

    /// Sets one, or with `None` gives it back its default.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let setting = lookup(name).ok_or_else(|| format!("unknown topic config name: {name}"))?;
        match value {
            None => {
                self.set.remove(name);
            }
            Some(value) => {
                setting.check(value)?;
                self.set.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    /// Adds to (or takes from) a list.
    pub fn amend_list(&mut self, name: &str, value: &str, add: bool) -> Result<(), String> {
        let setting = lookup(name).ok_or_else(|| format!("unknown topic config name: {name}"))?;
        if setting.kind != Kind::List {
            return Err(format!("config value append is not allowed for config key: {name}"));
        }
        let mut items: Vec<String> = words(self.get(name)).map(str::to_owned).collect();
        items.retain(|item| !words(value).any(|word| word == item));
        if add {
            items.extend(words(value).map(str::to_owned));
        }
        self.set(name, Some(&items.join(",")))
    }

    /// The value in force. `name` must be one of [`SETTINGS`].
    pub fn get(&self, name: &str) -> &str {
        let default = || lookup(name).map_or("", |setting| setting.default);
        self.set.get(name).map_or_else(default, String::as_str)
    }

    /// Whether it was set for this topic.
    pub fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// A number in force; negative ones, which mean "no limit", are `None`.
    pub fn limit(&self, name: &str) -> Option<i64> {
        self.get(name).parse().ok().filter(|value| *value >= 0)
    }

    /// Whether `cleanup.policy` holds a word.
    pub fn cleans_by(&self, policy: &str) -> bool {
        words(self.get("cleanup.policy")).any(|word| word == policy)
    }
}

impl Setting {
    fn check(&self, value: &str) -> Result<(), String> {
        let refuse = |why: &str| Err(format!("invalid value {value} for configuration {}: {why}", self.name));
        match self.kind {
            Kind::Boolean if !["true", "false"].contains(&value) => return refuse("it is true or false"),
            Kind::Int if value.parse::<i32>().is_err() => return refuse("it is a 32-bit number"),
            Kind::Long if value.parse::<i64>().is_err() => return refuse("it is a 64-bit number"),
            Kind::Double if value.parse::<f64>().is_err() => return refuse("it is a number"),
            _ => {}
        }
        match self.limit {
            Limit::AtLeast(least) if value.parse::<i64>().is_ok_and(|value| value < least) => {
                refuse(&format!("it is at least {least}"))
            }
            Limit::OneOf(allowed) if !words(value).all(|word| allowed.contains(&word)) => {
                refuse(&format!("it is one of {}", allowed.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

fn lookup(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_allowed() {
        for setting in SETTINGS {
            assert_eq!(setting.check(setting.default), Ok(()), "{}", setting.name);
        }
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
    }

    #[test]
    fn unknown_names_and_bad_values_are_refused_in_words() {
        let refused = |name, value| TopicConfig::from_pairs([(name, Some(value))]).unwrap_err();
        assert_eq!(refused("retention.msec", "1"), "unknown topic config name: retention.msec");
        assert!(refused("retention.ms", "soon").contains("retention.ms"));
        assert!(refused("cleanup.policy", "squash").contains("delete, compact"));
        assert!(refused("retention.ms", "-2").contains("at least -1"));
    }

    #[test]
    fn lists_are_amended() {
        let mut config = TopicConfig::default();
        config.amend_list("cleanup.policy", "compact", true).unwrap();
        assert!(config.cleans_by("compact") && config.cleans_by("delete"));
        config.amend_list("cleanup.policy", "delete", false).unwrap();
        assert_eq!(config.get("cleanup.policy"), "compact");
        assert!(config.amend_list("retention.ms", "1", true).is_err());
    }
}
