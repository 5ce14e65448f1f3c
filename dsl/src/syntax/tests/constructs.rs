//! Every construct, and what it becomes.

use super::{read, shown};
use crate::syntax::tree::*;

/// Reads a text in which nothing may be wrong.
fn items(text: &str) -> Vec<Item> {
    let (tree, findings) = read(text);
    assert!(findings.is_empty(), "{text}\n{}", shown(text, &findings));
    tree.items
}

/// The declarations of a context.
fn declarations(text: &str) -> Vec<Declaration> {
    match items(&format!("context A {{\n{text}\n}}")).remove(0) {
        Item::Context(context) => context.declarations,
        other => panic!("{other:?}"),
    }
}

fn first(text: &str) -> Kind {
    declarations(text).remove(0).kind
}

fn policy(clauses: &str) -> Policy {
    match first(&format!("policy P {{\n{clauses}\n}}")) {
        Kind::Policy(policy) => *policy,
        other => panic!("{other:?}"),
    }
}

fn event(text: &str) -> Event {
    match first(text) {
        Kind::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn paths(paths: &[Path]) -> String {
    paths.iter().map(Path::text).collect::<Vec<_>>().join(" ")
}

fn names(names: &[Name]) -> String {
    names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// An expression with all its parentheses.
fn bound(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => format!("{:?}", text.value),
        ExprKind::Literal(Literal::Number(number, _)) => number.clone(),
        ExprKind::Literal(Literal::Bool(value, _)) => value.to_string(),
        ExprKind::Literal(Literal::Duration(time)) => format!("{}ms", time.millis),
        ExprKind::Path(path) => path.text(),
        ExprKind::Unary(op, inner) => format!("({op:?} {})", bound(inner)),
        ExprKind::Binary(op, left, right) => format!("({} {op:?} {})", bound(left), bound(right)),
        ExprKind::IsSet { value, negated } => format!("({} set {})", bound(value), !negated),
    }
}

fn condition(text: &str) -> String {
    bound(&policy(&format!("if {text}")).condition.unwrap())
}

#[test]
fn expressions_bind_as_they_read() {
    for (text, binding) in [
        ("a or b and c", "(a Or (b And c))"),
        ("a == 1 and b != 2", "((a Equal 1) And (b NotEqual 2))"),
        ("a + b * c - d", "((a Add (b Multiply c)) Subtract d)"),
        ("a - b - c", "((a Subtract b) Subtract c)"),
        ("(a or b) and c", "((a Or b) And c)"),
        ("-a * b", "((Negate a) Multiply b)"),
        ("a-1", "(a Subtract 1)"),
        ("not a == b", "(Not (a Equal b))"),
        ("not a and b", "((Not a) And b)"),
        ("not not a", "(Not (Not a))"),
        ("a is set and b is not set", "((a set true) And (b set false))"),
        ("a + b is set", "((a Add b) set true)"),
        ("email ends with \"x\" or a.b starts with c", "((email EndsWith \"x\") Or (a.b StartsWith c))"),
        ("names contains \"a\"", "(names Contains \"a\")"),
        ("total >= 10_000.50", "(total GreaterOrEqual 10000.50)"),
        ("waited < 24h", "(waited Less 86400000ms)"),
        ("open == true", "(open Equal true)"),
        ("a\n  and b\n  or c", "((a And b) Or c)"),
        ("(\n a\n)", "a"),
        ("`after` > 3", "(after Greater 3)"),
        ("contains2 == starts", "(contains2 Equal starts)"),
        ("주문.값 > 0", "(주문.값 Greater 0)"),
    ] {
        assert_eq!(condition(text), binding, "{text}");
    }
}

#[test]
fn clauses_stand_in_any_order_and_on_one_line() {
    for text in [
        "lag at most 5s\nthen X { a, b: 1 }\nskip if c\nretry 8 times backoff 200ms to 1m\nwhenever E\nif d",
        "whenever E, if d, then X { a, b: 1 }, skip if c, retry 8 times backoff 200ms to 1m, lag at most 5s",
        "whenever E,\nif d,\nthen X {\n a,\n b: 1,\n},\nskip if c,\nretry 8 times backoff 200ms to 1m,\nlag at most 5s,",
    ] {
        let policy = policy(text);
        assert_eq!(paths(&policy.whenever.unwrap().events), "E");
        assert_eq!(policy.then[0].command.text(), "X");
        assert_eq!(policy.then[0].assigns.len(), 2);
        assert_eq!(policy.skip_if.len(), 1);
        let retry = policy.retry.unwrap();
        assert_eq!(
            (retry.times.value, retry.from.unwrap().millis, retry.to.unwrap().millis),
            (8, 200, 60_000)
        );
        assert_eq!(policy.lag.unwrap().millis, 5_000);
        assert_eq!(bound(&policy.condition.unwrap()), "d");
    }
}

#[test]
fn a_whenever_joins_and_waits() {
    let join =
        policy("whenever A and B.C\n  within 2h by order_id, tenant, lag at most 5s").whenever.unwrap();
    assert_eq!((paths(&join.events).as_str(), join.join), ("A B.C", Join::All));
    assert_eq!(join.within.unwrap().millis, 7_200_000);
    assert_eq!(names(&join.by), "order_id tenant");
    let any = policy("whenever A or B").whenever.unwrap();
    assert_eq!((any.events.len(), any.join), (2, Join::Any));
    let timer = policy(
        "whenever A\nafter 24h\nunless B or C\nfor each line in order.lines\nthen X\notherwise Y { a }",
    );
    assert_eq!(timer.after.unwrap().millis, 86_400_000);
    assert_eq!(paths(&timer.unless), "B C");
    assert_eq!(timer.for_each.unwrap().list.text(), "order.lines");
    assert_eq!(timer.otherwise[0].command.text(), "Y");
}

#[test]
fn giving_up_stands_alone_or_ends_a_retry() {
    assert_eq!(policy("then skip").give_up.unwrap().0, GiveUp::Skip);
    assert_eq!(policy("then park").give_up.unwrap().0, GiveUp::Park);
    let ended = policy("retry 3 times then skip");
    assert_eq!((ended.give_up.unwrap().0, ended.retry.unwrap().from.is_none()), (GiveUp::Skip, true));
    assert_eq!(policy("then skip { a }").then[0].command.text(), "skip");
    assert_eq!(policy("then `skip`").then[0].command.text(), "skip");
}

#[test]
fn commands_and_events_have_headers() {
    let Kind::Command(command) = first(
        "command Place as \"…\" by Customer or Clerk on Order\n  -> Placed | Other.Refused\n  every \"* * * * *\" key a, b {\n a\n}",
    ) else {
        panic!()
    };
    assert_eq!(
        (paths(&command.by).as_str(), paths(&command.emits).as_str()),
        ("Customer Clerk", "Placed Other.Refused")
    );
    assert_eq!(command.on.unwrap().text(), "Order");
    assert_eq!((command.every.unwrap().value.as_str(), names(&command.key).as_str()), ("* * * * *", "a b"));
    assert_eq!((command.label.unwrap().value.as_str(), command.has_body), ("…", true));
    let event =
        event("event Placed v2 on Order { id, currency: string, upcast from v1 { currency: \"EUR\" } }");
    assert_eq!((event.version.unwrap().value, event.fields.len()), (2, 2));
    assert_eq!((event.upcasts[0].from.value, event.upcasts[0].assigns.len()), (1, 1));
    assert!(!self::event("event Alone").has_body);
    assert!(self::event("event Empty { }").has_body);
    assert_eq!(self::event("event E from PayPal key id").from.unwrap().text(), "PayPal");
}

#[test]
fn fields_have_types_docs_and_annotations() {
    let event = event(
        "event E {\n  /// The id.\n  ///   indented\n  @pii @deprecated(\"use b\", 2)\n  a: decimal(12, 2)[]?\n  m: map<string, Other.Money[]>, bare\n  c: u32 renamed from old\n  event: string\n  on: bool\n}",
    );
    let [a, m, bare, c, soft, on] = event.fields.as_slice() else { panic!("{event:?}") };
    assert_eq!(a.doc.as_ref().unwrap().text, "The id.\n  indented");
    assert_eq!(
        a.annotations.iter().map(|it| (it.name.text.as_str(), it.arguments.len())).collect::<Vec<_>>(),
        [("pii", 0), ("deprecated", 2)]
    );
    let ty = a.ty.as_ref().unwrap();
    assert!(ty.repeated && ty.optional);
    assert!(
        matches!(&ty.base, TypeBase::Named { path, arguments } if path.text() == "decimal" && arguments.len() == 2)
    );
    assert!(matches!(&m.ty.as_ref().unwrap().base, TypeBase::Map { value, .. } if value.repeated));
    assert!(bare.ty.is_none());
    assert_eq!(c.renamed_from.as_ref().unwrap().text, "old");
    assert_eq!((soft.name.text.as_str(), on.name.text.as_str()), ("event", "on"));
}

#[test]
fn the_small_declarations_are_read() {
    assert!(
        matches!(first("owner \"team \\\"a\\\" \\u{1F355}\""), Kind::Owner(text) if text.value == "team \"a\" 🍕")
    );
    assert!(matches!(first("actor Kunde as \"Kundin\""), Kind::Actor(actor) if actor.label.is_some()));
    let Kind::Enum(values) = first("enum E { a, type\n event renamed from b\n/// doc\n c }") else {
        panic!()
    };
    assert_eq!(values.values.len(), 4);
    assert!(matches!(first("type T {\n a: u32\n}"), Kind::Type(record) if record.fields.len() == 1));
    let Kind::External(external) = first("external P { at most 50/s, url \"u\", timeout 3s }") else {
        panic!()
    };
    let rate = external.at_most.unwrap();
    assert_eq!((rate.count, rate.per_millis, external.timeout.unwrap().millis), (50, 1_000, 3_000));
    let Kind::Hotspot(hotspot) = first("hotspot \"Who?\" on E owner \"t\" due 2028-02-29") else { panic!() };
    assert_eq!(
        (hotspot.due.unwrap().value.as_str(), hotspot.on.unwrap().text().as_str()),
        ("2028-02-29", "E")
    );
}

#[test]
fn aggregates_views_and_processes_are_read() {
    let Kind::Aggregate(aggregate) = first(
        "aggregate B key id: uuid, tenant: string sourced {\n state { n: u32 = 0\n open: bool = true }\n on Added { n: n + 1 }\n allow Add if open\n snapshot every 100\n}",
    ) else {
        panic!()
    };
    assert_eq!(
        (aggregate.key.len(), aggregate.state.len(), aggregate.on.len(), aggregate.allow.len()),
        (2, 2, 1, 1)
    );
    assert_eq!((aggregate.snapshot_every.unwrap().value, aggregate.sourced.is_some()), (100, true));
    assert!(aggregate.state.iter().all(|field| field.default.is_some()));
    let Kind::View(view) = first("view V key id: uuid {\n a: u32\n on E { a }\n on F { a: 2 }\n}") else {
        panic!()
    };
    assert_eq!((view.key.len(), view.fields.len(), view.on.len()), (1, 1, 2));
    let Kind::Process(process) = first(
        "process P \"…\" {\n whenever A by id\n step s {\n then X { id }\n until B or C within 10m\n fails on D\n undo Y\n }\n finally Z\n otherwise W { reason: failure.reason }\n}",
    ) else {
        panic!()
    };
    let step = &process.steps[0];
    assert_eq!((step.then.len(), step.undo.len(), paths(&step.fails_on).as_str()), (1, 1, "D"));
    let until = step.until.as_ref().unwrap();
    assert_eq!((paths(&until.events).as_str(), until.within.unwrap().millis), ("B C", 600_000));
    assert_eq!((process.finally.len(), process.otherwise.len()), (1, 1));
}

#[test]
fn what_stands_outside_of_contexts_is_read() {
    let all = items(
        "use Other.{A, B}\nuse Other.C\n/// s\nsource shop: mysql {\n tables a, \"b_*\",\n  c\n databases \"shop_*\" as tenant\n schema \"x.sql\"\n}\nsource hook: webhook { path \"/p\", id event_id }\ncapture X.Y from shop.a deleted where old.s != \"p\"\n  and new.s == \"q\" { a: b }\nreader L as \"…\" of X.events\nevent Loose",
    );
    let [
        Item::Use(many),
        Item::Use(one),
        Item::Source(shop),
        Item::Source(hook),
        Item::Capture(capture),
        Item::Reader(reader),
        Item::Loose(_),
    ] = all.as_slice()
    else {
        panic!("{all:?}")
    };
    assert_eq!((names(&many.names).as_str(), names(&one.names).as_str()), ("A B", "C"));
    assert_eq!(shop.tables.iter().map(|table| table.value.as_str()).collect::<Vec<_>>(), ["a", "b_*", "c"]);
    assert_eq!(
        (shop.kind.text.as_str(), shop.databases.as_ref().unwrap().1.as_ref().unwrap().text.as_str()),
        ("mysql", "tenant")
    );
    let Some(CallId::Field(id)) = &hook.id else { panic!("the id is a field") };
    assert_eq!((hook.path.as_ref().unwrap().value.as_str(), id.text().as_str()), ("/p", "event_id"));
    assert!(hook.signature.is_none());
    assert_eq!(capture.change.unwrap().0, RowChange::Deleted);
    assert!(capture.condition.is_some() && reader.label.is_some());
}

#[test]
fn streams_have_settings() {
    let all = items(
        "stream A.events {\n topic \"t\", replicas 3\n partitions for 2_000/s of 400 B, skew 20% on 1% of keys\n retention 50GB or 30d\n message at most 1MiB\n}\nstream A.x { partitions 12, of E where total > 1 }\nstream A.y { compacted latest V, retention 7d }",
    );
    let settings: Vec<&StreamSetting> = all
        .iter()
        .flat_map(|item| match item {
            Item::Stream(stream) => &stream.settings,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(matches!(settings[0], StreamSetting::Topic(text) if text.value == "t"));
    assert!(matches!(settings[1], StreamSetting::Replicas(count) if count.value == 3));
    assert!(
        matches!(settings[2], StreamSetting::PartitionsFor { rate, size, skew: Some((20, 1)) } if rate.count == 2_000 && size.bytes == 400)
    );
    assert!(
        matches!(settings[3], StreamSetting::Retention { time: Some(_), size: Some(size), .. } if size.bytes == 50_000_000_000)
    );
    assert!(matches!(settings[4], StreamSetting::MessageAtMost(size) if size.bytes == 1 << 20));
    assert!(matches!(settings[5], StreamSetting::Partitions(count) if count.value == 12));
    assert!(matches!(settings[6], StreamSetting::Of { condition: Some(_), .. }));
    assert!(matches!(settings[7], StreamSetting::CompactedLatest(path) if path.text() == "V"));
    assert!(matches!(settings[8], StreamSetting::Retention { size: None, .. }));
}

#[test]
fn scenarios_have_steps() {
    let all = items(
        "scenario \"x\" for P {\n given A { a: 1 }\n and B\n when row shop.orders updated { status: \"a\" -> \"b\", total: 1 }\n and row shop.lines inserted\n after 2h\n then C { a: -1 }\n and D\n}\nscenario \"y\" for P { when row, then nothing }",
    );
    let [Item::Scenario(x), Item::Scenario(y)] = all.as_slice() else { panic!("{all:?}") };
    use ScenarioStep::*;
    assert!(
        matches!(
            x.steps.as_slice(),
            [Given(_), Given(_), WhenRow { .. }, WhenRow { .. }, After(_), Then(_), Then(_)]
        ),
        "{x:#?}"
    );
    let WhenRow { assigns, change, .. } = &x.steps[2] else { panic!() };
    assert!(assigns[0].becomes.is_some() && assigns[1].becomes.is_none() && *change == RowChange::Updated);
    assert!(matches!(y.steps.as_slice(), [When(_), ThenNothing(_)]));
}

#[test]
fn a_file_may_hold_nothing_or_anything_in_any_script() {
    assert!(items("").is_empty());
    assert!(items("\u{FEFF}\r\n// nothing\r\n").is_empty());
    let all = items(
        "context 주문 as \"Orders\" {\r\n\tevent 주문됨 { 값: u32 }\r\n\tpolicy Größe { whenever 주문됨, if 값 > 0 }\r\n}\r\n",
    );
    assert!(
        matches!(&all[0], Item::Context(context) if context.declarations.len() == 2 && context.name.text == "주문")
    );
}
