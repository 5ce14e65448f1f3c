//! Sources and streams of kinds that the runtime does not have yet.

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{ContextId, Depth, Entrance, Model, Source, SourceKind, StreamKind};

use super::is_written;

pub(super) static SOURCE: Rule = Rule {
    code: "S0708",
    title: "a source of this kind cannot be captured yet",
    explain: "The runtime captures from MySQL and MariaDB (`source shop: mysql { … }`) and takes webhooks in. Other kinds are checked, and come later.",
};

pub(super) static STREAM: Rule = Rule {
    code: "S0709",
    title: "a stream of this kind cannot run yet",
    explain: "The runtime has four streams a context: `raw`, `events`, `commands` and `dead`. Streams with names of their \
own, `of X where …` and `compacted latest V` are checked, and come later.",
};

pub(super) static OUTBOX: Rule = Rule {
    code: "S0712",
    title: "nothing says which database holds a context's outbox",
    explain: "An event that a handler records is captured from the outbox table of the context's database. A context that \
captures no table of its own takes it from the model's only database; with several, the model must say which: capture a \
table of that database for the context.",
};

pub(super) fn sources(model: &Model) -> Vec<Diagnostic> {
    let word = |source: &Source| match source.kind {
        SourceKind::Mysql | SourceKind::Webhook => None,
        SourceKind::Postgres => Some("postgres"),
        SourceKind::Debezium => Some("debezium"),
        SourceKind::Outbox => Some("outbox"),
    };
    let refused = model.sources.iter().filter_map(|source| Some((source, word(source)?)));
    refused
        .map(|(source, word)| {
            let message = format!(
                "the source `{}` is of kind `{word}`, which cannot be captured yet",
                source.head.name
            );
            Diagnostic::error(&SOURCE, source.head.name_span, message)
                .help("let a handler record its events for now, or capture them from a `mysql` table")
        })
        .collect()
}

pub(super) fn streams(model: &Model) -> Vec<Diagnostic> {
    let refused =
        model.streams.iter().filter(|stream| is_written(model, &stream.head)).filter_map(|stream| {
            let named = matches!(stream.kind, StreamKind::Named(_)).then_some(stream.head.name_span);
            let of = stream.of.map(|(_, span)| span);
            Some((stream, of.or(stream.compacted.map(|(_, span)| span)).or(named)?))
        });
    refused
        .map(|(stream, span)| {
            let message = format!("the stream `{}` cannot run yet", stream.head.name);
            Diagnostic::error(&STREAM, span, message)
                .help("only `raw`, `events`, `commands` and `dead` run; let a reader of `events` pick what it wants")
        })
        .collect()
}

pub(super) fn outboxes(model: &Model) -> Vec<Diagnostic> {
    let databases = model.sources.iter().filter(|source| source.kind == SourceKind::Mysql).count();
    let mut found = Vec::new();
    for (index, context) in model.contexts.iter().enumerate() {
        let id = Some(ContextId(index as u32));
        let feeds = model.tables.iter().any(|table| table.feeds == id);
        let recorded = model
            .events
            .iter()
            .find(|event| event.head.context == id && event.entrance == Some(Entrance::Recorded));
        if let (true, false, Some(event)) =
            (context.depth == Depth::Service && databases > 1, feeds, recorded)
        {
            let message =
                format!("`{}` is recorded in an outbox, and nothing says in which database", event.head.name);
            found.push(
                Diagnostic::error(&OUTBOX, event.head.name_span, message)
                    .help(format!("capture a table of that database for `{}`", context.head.name)),
            );
        }
    }
    found
}
