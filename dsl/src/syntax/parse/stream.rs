//! Streams and their settings. It must not know what a broker does with them.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::once::twice;
use crate::source::Span;
use crate::syntax::tree::{Doc, Stream, StreamSetting};

impl Build<'_> {
    /// A `stream`.
    pub(super) fn stream(&mut self, doc: Option<Doc>, pair: Pair<'_>) -> Option<Stream> {
        let (span, before) = (self.span(&pair), self.damages);
        let (mut path, mut settings) = (None, Vec::new());
        let mut given: Vec<(&str, Span)> = Vec::new();
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::path => path = Some(build.path(part)),
            Rule::stream_body => build.body(part, Rule::stream_line, |build, part| {
                let span = build.span(&part);
                let Some((word, setting)) = build.setting(part) else { return };
                match given.iter().find(|(other, _)| *other == word) {
                    Some((_, first)) => build.report(twice(word, span, *first)),
                    None => {
                        given.push((word, span));
                        settings.push(setting);
                    }
                }
            }),
            _ => {}
        });
        Some(Stream { doc, path: path?, settings, span, poisoned: self.damages > before })
    }

    /// One setting and the word it begins with.
    fn setting(&mut self, pair: Pair<'_>) -> Option<(&'static str, StreamSetting)> {
        let rule = pair.as_rule();
        let span = self.span(&pair);
        let mut values =
            pair.into_inner().filter(|part| !part.as_str().is_empty() && !is_word(part.as_rule()));
        Some(match rule {
            Rule::topic => ("topic", StreamSetting::Topic(self.text(&values.next()?))),
            Rule::partitions => ("partitions", StreamSetting::Partitions(self.count(&values.next()?))),
            Rule::partitions_for => {
                let rate = self.rate(&values.next()?);
                let size = self.size(&values.next()?);
                let skew = values.next().and_then(|skew| self.skew(skew));
                ("partitions", StreamSetting::PartitionsFor { rate, size, skew })
            }
            Rule::retention => {
                let (mut time, mut size) = (None, None);
                for value in values {
                    match value.as_rule() {
                        Rule::duration => time = Some(self.duration(&value)),
                        _ => size = Some(self.size(&value)),
                    }
                }
                ("retention", StreamSetting::Retention { time, size, span })
            }
            Rule::replicas => ("replicas", StreamSetting::Replicas(self.count(&values.next()?))),
            Rule::message_at_most => ("message", StreamSetting::MessageAtMost(self.size(&values.next()?))),
            Rule::of => {
                let event = self.path(values.next()?);
                let condition = values.next().and_then(|condition| condition.into_inner().last());
                ("of", StreamSetting::Of { event, condition: condition.map(|expr| self.expr(expr)) })
            }
            Rule::compacted => ("compacted", StreamSetting::CompactedLatest(self.path(values.next()?))),
            _ => return None,
        })
    }

    fn skew(&mut self, pair: Pair<'_>) -> Option<(u64, u64)> {
        let mut shares = pair.into_inner().filter(|part| part.as_rule() == Rule::percent);
        let load = self.percent(&shares.next()?);
        Some((load, self.percent(&shares.next()?)))
    }
}

fn is_word(rule: Rule) -> bool {
    use Rule::{
        kw_at, kw_compacted, kw_for, kw_latest, kw_message, kw_most, kw_of, kw_or, kw_partitions,
        kw_replicas, kw_retention, kw_topic,
    };
    matches!(
        rule,
        kw_at
            | kw_compacted
            | kw_for
            | kw_latest
            | kw_message
            | kw_most
            | kw_of
            | kw_or
            | kw_partitions
            | kw_replicas
            | kw_retention
            | kw_topic
    )
}
