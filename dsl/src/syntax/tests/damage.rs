//! Whatever is done to a text: nothing panics, places are places, and what was not touched is read.

use super::typos::{SOUND, sound};
use super::{LANGUAGE, line, read, shown};
use crate::source::Span;
use crate::syntax::tree::{Declaration, Expr, ExprKind, Item, Kind, SyntaxTree};
use proptest::prelude::*;

/// The places of a text's tokens; remarks are none.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let (length, counts) = match first {
            '"' => (rest[1..].find('"').map_or(rest.len(), |end| end + 2), true),
            _ if rest.starts_with("//") => (line_end, rest.starts_with("///")),
            _ if word(first) => (rest.find(|letter| !word(letter)).unwrap_or(rest.len()), true),
            _ => (first.len_utf8(), !first.is_whitespace()),
        };
        if counts {
            tokens.push((at, at + length));
        }
        at += length;
    }
    tokens
}

/// The places of all that the tree holds, each before what stands in it.
fn places(tree: &SyntaxTree) -> Vec<Span> {
    let mut all = Vec::new();
    for item in &tree.items {
        match item {
            Item::Context(context) => {
                all.extend([context.span, context.name.span]);
                context.declarations.iter().for_each(|declaration| declaration_places(declaration, &mut all));
            }
            Item::Loose(declaration) => declaration_places(declaration, &mut all),
            Item::Use(item) => all.push(item.span),
            Item::Source(source) => all.push(source.span),
            Item::Capture(capture) => {
                all.push(capture.span);
                capture.condition.iter().for_each(|condition| expr_places(condition, &mut all));
            }
            Item::Stream(stream) => all.push(stream.span),
            Item::Reader(reader) => all.push(reader.span),
            Item::Scenario(scenario) => all.push(scenario.span),
        }
    }
    all
}

fn declaration_places(declaration: &Declaration, all: &mut Vec<Span>) {
    all.push(declaration.span);
    match &declaration.kind {
        Kind::Event(event) => {
            all.push(event.name.span);
            all.extend(event.fields.iter().map(|field| field.span));
        }
        Kind::Policy(policy) => {
            all.extend(policy.then.iter().map(|then| then.span));
            policy.condition.iter().for_each(|condition| expr_places(condition, all));
        }
        _ => {}
    }
}

fn expr_places(expr: &Expr, all: &mut Vec<Span>) {
    all.push(expr.span);
    match &expr.kind {
        ExprKind::Unary(_, inner) | ExprKind::IsSet { value: inner, .. } => {
            assert!(expr.span.start <= inner.span.start && inner.span.end <= expr.span.end);
            expr_places(inner, all);
        }
        ExprKind::Binary(_, left, right) => {
            assert!(left.span.start <= right.span.start, "{expr:?}");
            expr_places(left, all);
            expr_places(right, all);
        }
        ExprKind::Literal(_) | ExprKind::Path(_) => {}
    }
}

fn start(item: &Item) -> u32 {
    places(&SyntaxTree { file: crate::source::FileId(0), items: vec![item.clone()] })[0].start
}

/// Reads a text and holds that every place is one of it, and that what stands in order is in order.
fn holds(text: &str) -> (SyntaxTree, usize) {
    let (tree, findings) = read(text);
    let labels = findings.iter().flat_map(|finding| &finding.labels).map(|label| label.span);
    for span in places(&tree).into_iter().chain(labels) {
        assert!(
            text.get(span.start as usize..span.end as usize).is_some(),
            "{span:?} is no place of\n{text}"
        );
    }
    assert!(
        tree.items.windows(2).all(|pair| start(&pair[0]) <= start(&pair[1])),
        "items out of order in\n{text}"
    );
    for item in &tree.items {
        if let Item::Context(context) = item {
            let starts: Vec<u32> =
                context.declarations.iter().map(|declaration| declaration.span.start).collect();
            assert!(starts.is_sorted(), "declarations out of order in\n{text}");
        }
    }
    (tree, findings.len())
}

/// Tokens that the language knows, and some that it does not.
fn any_token() -> impl Strategy<Value = String> {
    let words = tokens(LANGUAGE).into_iter().map(|(start, end)| LANGUAGE[start..end].to_owned());
    let strange =
        ["\"", "`", "'", ";", "\\", "(", "{{", "@@", "///", "\0", "é", "\u{FEFF}", "\r", "map<", "2027-1-15"];
    let mut all: Vec<String> = words.chain(strange.map(str::to_owned)).collect();
    all.sort();
    all.dedup();
    prop::sample::select(all)
}

#[derive(Debug, Clone)]
enum Mutation {
    Delete,
    Insert(String),
    Replace(String),
    Swap,
}

fn mutate(text: &str, at: prop::sample::Index, mutation: &Mutation) -> String {
    let tokens = tokens(text);
    let index = at.index(tokens.len());
    let (start, end) = tokens[index];
    match mutation {
        Mutation::Delete => format!("{}{}", &text[..start], &text[end..]),
        Mutation::Insert(token) => format!("{}{token} {}", &text[..start], &text[start..]),
        Mutation::Replace(token) => format!("{}{token}{}", &text[..start], &text[end..]),
        Mutation::Swap => {
            let (next, next_end) = *tokens.get(index + 1).unwrap_or(&tokens[index]);
            if next == start {
                return text.to_owned();
            }
            format!(
                "{}{}{}{}{}",
                &text[..start],
                &text[next..next_end],
                &text[end..next],
                &text[start..end],
                &text[next_end..]
            )
        }
    }
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        Just(Mutation::Delete),
        any_token().prop_map(Mutation::Insert),
        any_token().prop_map(Mutation::Replace),
        Just(Mutation::Swap),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_slip_did_not_touch_is_read(at in any::<prop::sample::Index>(), mutation in any_mutation()) {
        let text = format!("{SOUND}{}\n{SOUND}", mutate(LANGUAGE, at, &mutation));
        let (tree, _) = holds(&text);
        prop_assert_eq!(sound(&tree.items), 2, "{}", text);
    }

    #[test]
    fn many_slips_break_nothing_else(
        slips in prop::collection::vec((any::<prop::sample::Index>(), any_mutation()), 2..12),
    ) {
        let mut text = LANGUAGE.to_owned();
        for (at, mutation) in &slips {
            text = mutate(&text, *at, mutation);
        }
        holds(&text);
    }

    #[test]
    fn any_row_of_tokens_is_survived(tokens in prop::collection::vec(any_token(), 0..80)) {
        holds(&tokens.join(" "));
        holds(&tokens.join("\n"));
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        holds(&text);
    }
}

#[test]
fn a_word_left_out_gives_one_finding_at_its_line() {
    let end = LANGUAGE.find("context Payments").unwrap();
    let text = &LANGUAGE[..end];
    let (mut one, mut near) = (0, 0);
    let tokens = tokens(text);
    for (start, end) in &tokens {
        let damaged = format!("{}{}", &text[..*start], &text[*end..]);
        let (_, findings) = read(&damaged);
        assert!(findings.len() <= 1, "without `{}`:\n{}", &text[*start..*end], shown(&damaged, &findings));
        if let [finding] = findings.as_slice() {
            let touched = damaged[..*start].matches('\n').count() + 1;
            one += 1;
            near += usize::from(line(&damaged, finding).abs_diff(touched) <= 1);
        }
    }
    // What is left out without a finding is still a sentence: `customer_id: uuid` without `customer_id:` is a name.
    assert!(one * 100 > tokens.len() * 80, "{one} of {}", tokens.len());
    assert!(near * 100 > one * 99, "{near} of {one} point at the line or its neighbour");
}
