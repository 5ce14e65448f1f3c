//! What the model says of streams, and who reads them from outside.

use super::collect::{doc, head};
use super::names::pick;
use super::scope::Scope;
use super::{At, Resolver};
use crate::check::names::said_twice;
use crate::check::stream::{reader_of, stream_event, stream_view};
use crate::model::{ContextId, Load, Reader, Stream, StreamKind};
use crate::syntax::tree::{self, Item, Path, StreamSetting, SyntaxTree};

impl Resolver<'_> {
    /// Streams first, then their readers.
    pub(crate) fn declare_streams(&mut self, trees: &[SyntaxTree]) {
        for tree in trees {
            for item in &tree.items {
                if let Item::Stream(stream) = item {
                    self.stream(At { context: None, file: tree.file }, stream);
                }
            }
        }
        for tree in trees {
            for item in &tree.items {
                if let Item::Reader(reader) = item {
                    self.reader(At { context: None, file: tree.file }, reader);
                }
            }
        }
    }

    fn stream(&mut self, at: At, written: &tree::Stream) {
        let Some((context, kind)) = self.stream_path(&written.path) else { return };
        let earlier =
            self.model.streams.iter().find(|it| it.head.context == Some(context) && it.kind == kind);
        if let Some(earlier) = earlier {
            let place = earlier.head.name_span;
            return self.report(said_twice::stream(&written.path, place));
        }
        let name = tree::Name { text: written.path.text(), span: written.path.span() };
        let mut head = head(&name, &None, &written.doc, at);
        head.context = Some(context);
        head.span = written.span;
        let mut stream = Stream {
            head,
            kind,
            topic: None,
            partitions: None,
            load: None,
            retention_time: None,
            retention_size: None,
            replicas: None,
            message_at_most: None,
            of: None,
            compacted: None,
        };
        let within = At { context: Some(context), file: at.file };
        for setting in &written.settings {
            self.setting(within, &mut stream, setting);
        }
        self.model.streams.push(stream);
    }

    fn setting(&mut self, at: At, stream: &mut Stream, setting: &StreamSetting) {
        match setting {
            StreamSetting::Topic(text) => stream.topic = Some(text.value.clone()),
            StreamSetting::Partitions(count) => stream.partitions = Some(clamp(count.value)),
            StreamSetting::PartitionsFor { rate, size, skew } => {
                let millirate = rate.count.saturating_mul(1_000_000) / rate.per_millis.max(1);
                stream.load = Some(Load { millirate, bytes: size.bytes, skew: *skew });
            }
            StreamSetting::Retention { time, size, .. } => {
                stream.retention_time = time.map(|time| time.millis);
                stream.retention_size = size.map(|size| size.bytes);
            }
            StreamSetting::Replicas(count) => stream.replicas = Some(clamp(count.value)),
            StreamSetting::MessageAtMost(size) => stream.message_at_most = Some(size.bytes),
            StreamSetting::Of { event, condition } => {
                let pick = |symbol| pick!(symbol, Event);
                let Some(id) = self.find(at, event, pick, stream_event::not_an_event) else { return };
                stream.of = Some((id, event.span()));
                if let Some(condition) = condition {
                    let mut scope = Scope::new(at);
                    scope.events = vec![id];
                    self.condition(&scope, &vec![], condition);
                }
            }
            StreamSetting::CompactedLatest(view) => {
                let found = self.find(at, view, |symbol| pick!(symbol, View), stream_view::not_a_view);
                stream.compacted = found.map(|id| (id, view.span()));
            }
        }
    }

    fn reader(&mut self, at: At, written: &tree::Reader) {
        let Some((of, stream)) = self.stream_path(&written.of) else { return };
        if let StreamKind::Named(name) = &stream {
            let of_context = |it: &&Stream| it.head.context == Some(of);
            let known = self.model.streams.iter().any(|it| it.head.context == Some(of) && it.kind == stream);
            if !known {
                let named: Vec<String> = self
                    .model
                    .streams
                    .iter()
                    .filter(of_context)
                    .filter_map(|it| match &it.kind {
                        StreamKind::Named(name) => Some(name.clone()),
                        _ => None,
                    })
                    .collect();
                let diagnostic = reader_of::unknown(&written.of, name, &named);
                return self.report(diagnostic);
            }
        }
        let earlier = self.model.readers.iter().find(|reader| reader.head.name == written.name.text);
        if let Some(earlier) = earlier {
            let place = earlier.head.name_span;
            return self.report(said_twice::reader(&written.name, place));
        }
        let mut head = head(&written.name, &written.label, &written.doc, at);
        head.doc = doc(&written.doc);
        head.span = written.span;
        self.model.readers.push(Reader { head, of, stream });
    }

    fn stream_path(&mut self, path: &Path) -> Option<(ContextId, StreamKind)> {
        let [context, stream] = path.names.as_slice() else {
            self.report(reader_of::no_stream(path));
            return None;
        };
        let context = self.context(context)?;
        let kind = match stream.text.as_str() {
            "raw" => StreamKind::Raw,
            "events" => StreamKind::Events,
            "commands" => StreamKind::Commands,
            "dead" => StreamKind::Dead,
            name => StreamKind::Named(name.to_owned()),
        };
        Some((context, kind))
    }
}

/// A count; one that is absurdly large stays absurdly large, and the range check says so.
fn clamp(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
