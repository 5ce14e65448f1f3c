//! What stands in a file and in a context. It must not know what a declaration holds.

use super::braces::{self, place};
use super::build::{Build, Repair};
use super::damage;
use super::grammar::{Pair, Rule, Storm};
use crate::diagnostic::{self, Diagnostic};
use crate::syntax::tree::{Annotation, Context, Declaration, Doc, Item};
use pest::Parser;

pub(super) static OUTSIDE_IN_CONTEXT: diagnostic::Rule = diagnostic::Rule {
    code: "S0110",
    title: "sources, captures, streams, readers, scenarios and uses stand outside of contexts",
    explain: "A context is the domain: what happens, who asks for it, what follows. Where its events come from and where they go is \
        another matter, and stands beside it.\n\n\
        ```storm\ncontext Ordering {\n  event OrderPlaced\n  stream Ordering.events { replicas 3 }\n}\n```\n\nMended:\n\n\
        ```storm\ncontext Ordering {\n  event OrderPlaced\n}\nstream Ordering.events { replicas 3 }\n```\n",
};

pub(super) static NOT_ANNOTATED: diagnostic::Rule = diagnostic::Rule {
    code: "S0119",
    title: "annotations mark declarations and fields only",
    explain: "`@pii`, `@deprecated` and their like say something about a field or about a declaration of a context. Contexts, sources, \
        captures, streams, readers, scenarios and uses take none.\n\n\
        ```storm\n@deprecated(\"use Sales\") context Ordering { }\n```\n\nMended:\n\n\
        ```storm\n/// Deprecated: use Sales.\ncontext Ordering { }\n```\n",
};

/// The items of a `file`.
pub(super) fn items(build: &mut Build<'_>, file: Pair<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    // How many findings there were when the last context began: what is wrong in it explains a stray brace after it.
    let mut since = 0;
    // How many items there were when something between declarations could not be read.
    let mut unread = 0;
    let mut damages = build.damages;
    for pair in file.into_inner() {
        let before = build.findings();
        let after_damage = build.damages > std::mem::replace(&mut damages, build.damages);
        let read = match pair.as_rule() {
            Rule::entry => entry(build, pair),
            Rule::bad_entry => {
                let read = bad_entry(build, &pair, Rule::entry, after_damage);
                if read.is_empty() {
                    unread = items.len();
                }
                read
            }
            Rule::stray_brace => {
                let finding = braces::take_back(build, &mut items, unread);
                unread = items.len() - usize::from(matches!(items.last(), Some(Item::Context(_))));
                if before == since {
                    let span = build.span(&pair);
                    build.report(finding.unwrap_or_else(|| braces::too_many(span)));
                }
                continue;
            }
            Rule::crowded => {
                damage::crowded(build, &pair);
                continue;
            }
            _ => continue,
        };
        if read.iter().any(|item| matches!(item, Item::Context(_))) {
            since = before;
        }
        items.extend(read);
    }
    items
}

/// An `entry` or `inner_entry`: one item, and after a context those that stood in it and should not.
fn entry(build: &mut Build<'_>, pair: Pair<'_>) -> Vec<Item> {
    let (mut doc, mut annotations) = (None, Vec::new());
    let mut items = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::doc => doc = Some(build.doc(part)),
            Rule::annotation => annotations.extend(build.annotation(part)),
            Rule::context => items = context(build, doc.take(), part),
            Rule::use_decl | Rule::source | Rule::capture | Rule::stream | Rule::reader | Rule::scenario => {
                items.extend(outside(build, doc.take(), part));
            }
            _ => {
                let annotations = std::mem::take(&mut annotations);
                items.extend(declaration(build, doc.take(), annotations, part).map(Item::Loose));
            }
        }
    }
    if let Some(annotation) = annotations.first() {
        let message = format!("`@{}` marks nothing that takes an annotation", annotation.name.text);
        build.report(
            Diagnostic::error(&NOT_ANNOTATED, annotation.span, message)
                .help("annotations mark declarations of a context, and fields"),
        );
    }
    if let Some(doc) = doc {
        build.report(damage::doc_of_nothing(doc.span));
    }
    items
}

fn outside(build: &mut Build<'_>, doc: Option<Doc>, pair: Pair<'_>) -> Option<Item> {
    match pair.as_rule() {
        Rule::source => build.source(doc, pair).map(Item::Source),
        Rule::capture => build.capture(doc, pair).map(Item::Capture),
        Rule::stream => build.stream(doc, pair).map(Item::Stream),
        Rule::reader => build.reader(doc, pair).map(Item::Reader),
        Rule::scenario => build.scenario(doc, pair).map(Item::Scenario),
        _ => {
            if let Some(doc) = doc {
                build.report(damage::doc_of_nothing(doc.span));
            }
            build.use_decl(pair).map(Item::Use)
        }
    }
}

fn declaration(
    build: &mut Build<'_>,
    doc: Option<Doc>,
    annotations: Vec<Annotation>,
    pair: Pair<'_>,
) -> Option<Declaration> {
    let (span, before) = (build.span(&pair), build.damages);
    let kind = build.kind(pair)?;
    Some(Declaration { doc, annotations, kind, span, poisoned: build.damages > before })
}

/// A `context`, and the items that stood in it and belong outside.
fn context(build: &mut Build<'_>, doc: Option<Doc>, pair: Pair<'_>) -> Vec<Item> {
    let (mut span, before) = (build.span(&pair), build.findings());
    let (mut name, mut label, mut body) = (None, None, None);
    build.parts(pair, |build, part| match part.as_rule() {
        Rule::name => name = Some(build.name(&part)),
        Rule::label => label = build.label(part),
        Rule::context_body => body = Some(part),
        _ => {}
    });
    let Some(name) = name else { return Vec::new() };
    let (mut declarations, mut others, mut opened) = (Vec::new(), Vec::new(), None);
    let (mut poisoned, mut missing) = (false, None);
    let mut damages = build.damages;
    for part in body.into_iter().flat_map(Pair::into_inner) {
        let after_damage = build.damages > std::mem::replace(&mut damages, build.damages);
        let read = match part.as_rule() {
            Rule::inner_entry => entry(build, part),
            Rule::bad_inner_entry => {
                let read = bad_entry(build, &part, Rule::inner_entry, after_damage);
                poisoned |= read.is_empty();
                read
            }
            Rule::open => {
                opened = Some(build.span(&part));
                continue;
            }
            Rule::crowded => {
                damage::crowded(build, &part);
                continue;
            }
            Rule::missing => {
                missing = Some(part);
                continue;
            }
            _ => continue,
        };
        for item in read {
            match item {
                Item::Loose(declaration) => declarations.push(declaration),
                other => others.push(other),
            }
        }
    }
    match missing {
        None => {
            for item in &others {
                build.report(misplaced(item));
            }
        }
        Some(missing) => {
            poisoned = true;
            // Everything that belongs outside stands behind the forgotten brace.
            if let (Some(first), true) =
                (others.first(), build.findings() == before && build.repair.is_none())
            {
                let at = missing.get_input()[..place(first).start as usize].trim_end().len();
                build.report(braces::closing(build.span_of(at, at), opened));
            } else {
                braces::close_missing(build, &missing, opened, before);
            }
            let last = declarations.last().map_or(name.span, |declaration: &Declaration| declaration.span);
            span.end = last.end.max(name.span.end);
        }
    }
    let mut items = vec![Item::Context(Context { doc, name, label, declarations, span, poisoned })];
    items.extend(others);
    items
}

fn misplaced(item: &Item) -> Diagnostic {
    let what = match item {
        Item::Source(_) => "source",
        Item::Capture(_) => "capture",
        Item::Stream(_) => "stream",
        Item::Reader(_) => "reader",
        Item::Scenario(_) => "scenario",
        _ => "use",
    };
    Diagnostic::error(&OUTSIDE_IN_CONTEXT, place(item), format!("a `{what}` stands outside of contexts"))
        .help("move it behind the context's `}`")
}

/// What could not be read between declarations. A misspelled keyword is replaced by the one that was meant, so that the
/// names behind it are known.
fn bad_entry(build: &mut Build<'_>, pair: &Pair<'_>, rule: Rule, after_damage: bool) -> Vec<Item> {
    let Some((at, written, meant)) = damage::entry(build, pair, rule, after_damage) else {
        return Vec::new();
    };
    if build.repair.is_some() {
        return Vec::new();
    }
    let chunk = pair.as_str();
    let mended = format!("{}{meant}{}", &chunk[..at], &chunk[at + written..]);
    let Ok(mut pairs) = Storm::parse(rule, &mended) else { return Vec::new() };
    build.repair = Some(Repair { start: pair.as_span().start(), at, written, meant: meant.len() });
    let read = pairs.next().map(|pair| entry(build, pair)).unwrap_or_default();
    build.repair = None;
    read
}
