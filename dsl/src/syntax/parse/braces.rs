//! What a brace too many or too few means for what stands around it. It must not know what a declaration holds.

use super::build::Build;
use super::grammar::Pair;
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::Item;

pub(super) static BRACE_MISSING: diagnostic::Rule = diagnostic::Rule {
    code: "S0103",
    title: "a brace is missing",
    explain: "A body goes from `{` to its `}`. Where a declaration begins inside a body that takes none, or the file ends, the `}` was \
        forgotten: the body is closed there, and what follows is read as usual.\n\n\
        ```storm\nevent OrderPaid on Order {\n  order_id\nevent OrderCancelled on Order { order_id }\n```\n\nMended:\n\n\
        ```storm\nevent OrderPaid on Order {\n  order_id\n}\nevent OrderCancelled on Order { order_id }\n```\n",
};

pub(super) static BRACE_TOO_MANY: diagnostic::Rule = diagnostic::Rule {
    code: "S0104",
    title: "a `}` closes nothing",
    explain: "Each `}` closes the last open `{`. One too many closes the context early; what follows is still counted to it.\n\n\
        ```storm\ncontext Ordering {\n  event OrderPaid\n}\n}\n```\n\nMended:\n\n```storm\ncontext Ordering {\n  event OrderPaid\n}\n```\n",
};

/// Reports that a body ends without its `}`, unless something else was wrong in it since `before` findings.
pub(super) fn close_missing(build: &mut Build<'_>, missing: &Pair<'_>, opened: Option<Span>, before: usize) {
    build.damages += 1;
    if build.findings() > before || build.repair.is_some() {
        return;
    }
    let start = missing.as_span().start();
    let at = missing.get_input()[..start].trim_end().len();
    let span = build.span_of(at, at);
    build.report(closing(span, opened));
}

/// Reports that a body begins without its `{`.
pub(super) fn open_missing(build: &mut Build<'_>, pair: &Pair<'_>) {
    let at = pair.get_input()[..pair.as_span().start()].trim_end().len();
    let span = build.span_of(at, at);
    build.report(no_brace(span));
}

fn no_brace(span: Span) -> Diagnostic {
    Diagnostic::error(&BRACE_MISSING, span, "a `{` is missing")
        .at("it belongs here")
        .help("a body stands in braces")
}

pub(super) fn closing(span: Span, opened: Option<Span>) -> Diagnostic {
    let found =
        Diagnostic::error(&BRACE_MISSING, span, "a `}` is missing").at("it belongs here at the latest");
    let found = found.help("close the body before the next declaration");
    match opened {
        Some(opened) => found.also(opened, "this `{` is still open"),
        None => found,
    }
}

/// The finding for a `}` without a `{`.
pub(super) fn too_many(span: Span) -> Diagnostic {
    Diagnostic::error(&BRACE_TOO_MANY, span, "this `}` closes nothing")
        .help("remove it, or look for a `}` too many, or a `{` too few, above")
}

/// A `}` closed a context early: the declarations since then are the context's. When something was not read after it,
/// that may have been the beginning of another context, and they are only known to be damaged. Where the indentation
/// tells which brace is the wrong one, the finding is given.
pub(super) fn take_back(build: &Build<'_>, items: &mut Vec<Item>, unread: usize) -> Option<Diagnostic> {
    let context = items[unread..].iter().rposition(|item| !matches!(item, Item::Loose(_)));
    let context = context.map(|at| unread + at).filter(|at| matches!(items[*at], Item::Context(_)));
    let Some(at) = context else {
        for item in items.iter_mut().skip(unread) {
            if let Item::Loose(declaration) = item {
                declaration.poisoned = true;
            }
        }
        return None;
    };
    let loose = items.split_off(at + 1);
    let Some(Item::Context(context)) = items.last_mut() else { return None };
    let indented = loose.first().is_some_and(|first| build.indented(place(first), context.span));
    let end = Span { start: context.span.end, ..context.span };
    let finding = indented.then(|| match build.ends_with_brace(context.span) {
        true => too_many(Span { start: end.end - 1, ..end }),
        false => no_brace(end),
    });
    context.poisoned = true;
    for item in loose {
        if let Item::Loose(declaration) = item {
            context.span = context.span.to(declaration.span);
            context.declarations.push(declaration);
        }
    }
    finding
}

/// Where an item stands.
pub(super) fn place(item: &Item) -> Span {
    match item {
        Item::Context(context) => context.span,
        Item::Loose(declaration) => declaration.span,
        Item::Use(item) => item.span,
        Item::Source(source) => source.span,
        Item::Capture(capture) => capture.span,
        Item::Stream(stream) => stream.span,
        Item::Reader(reader) => reader.span,
        Item::Scenario(scenario) => scenario.span,
    }
}
