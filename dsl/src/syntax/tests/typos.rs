//! One typo gives one finding, with the right code, at the right line; what stands around it is read.

use super::{line, read, shown};
use crate::syntax::tree::Item;

/// A typo: what is wrong, the damaged text, the code, and the line of the finding.
struct Typo(&'static str, &'static str, &'static str, usize);

const TYPOS: &[Typo] = &[
    // braces
    Typo("no brace after an event", "context A {\n  event B {\n    id: uuid\n  event C\n}", "S0103", 3),
    Typo(
        "no brace after a policy",
        "context A {\n  policy P {\n    whenever B\n    then C\n  event D\n}",
        "S0103",
        4,
    ),
    Typo(
        "no brace after a then",
        "context A {\n  policy P {\n    then B { id\n    retry 8 times\n  }\n}",
        "S0103",
        3,
    ),
    Typo("no brace after a context", "context A {\n  event B\n", "S0103", 2),
    Typo(
        "no brace after a context before a stream",
        "context A {\n  event B\nstream A.raw { replicas 3 }",
        "S0103",
        2,
    ),
    Typo(
        "no brace after a state",
        "context A {\n  aggregate B sourced {\n    state { a: u32 = 0\n    on C { a: 1 }\n  }\n}",
        "S0103",
        3,
    ),
    Typo(
        "no brace after a step",
        "context A {\n  process P {\n    step a {\n      then B\n    step c {\n      then D\n    }\n  }\n}",
        "S0103",
        4,
    ),
    Typo(
        "no brace after a scenario",
        "scenario \"x\" for P {\n  when A\n  then B\ncontext A { event B }",
        "S0103",
        3,
    ),
    Typo("no brace after an enum", "context A {\n  enum E { a, b\n  event B\n}", "S0103", 2),
    Typo("no brace before a body", "context A {\n  event B\n    id: uuid\n  }\n  event C\n}", "S0101", 3),
    Typo(
        "no brace before clauses",
        "context A {\n  policy P\n    whenever B\n    then C { id }\n  }\n  event C\n}",
        "S0101",
        3,
    ),
    Typo("a brace too many", "context A {\n  event B { id: uuid }\n  }\n  event C\n}", "S0104", 5),
    Typo("a brace too many at the end", "context A {\n  event B\n}\n}", "S0104", 4),
    Typo("a brace opened twice", "context A {\n  event B { { id: uuid }\n  event C\n}", "S0101", 2),
    // misspelled words
    Typo("evnt", "context A {\n  evnt B on C { id: uuid }\n}", "S0102", 2),
    Typo("contxt", "contxt A {\n  event B\n  event C\n}", "S0102", 1),
    Typo(
        "comand over lines",
        "context A {\n  comand B on C -> D {\n    id: uuid\n  }\n  event D\n}",
        "S0102",
        2,
    ),
    Typo("wenever", "context A {\n  policy P {\n    wenever B\n    then C\n  }\n}", "S0102", 3),
    Typo(
        "thn with a body",
        "context A {\n  policy P {\n    thn C {\n      id\n    }\n    lag at most 5s\n  }\n}",
        "S0102",
        3,
    ),
    Typo("retyr", "context A {\n  policy P {\n    retyr 8 times\n  }\n}", "S0102", 3),
    Typo("backof", "context A {\n  policy P {\n    retry 8 times backof 200ms\n  }\n}", "S0102", 3),
    Typo("lag at mots", "context A {\n  policy P {\n    lag at mots 5s\n  }\n}", "S0102", 3),
    Typo("fro PayPal", "context A {\n  event B fro PayPal { id: uuid }\n}", "S0102", 2),
    Typo("renamd", "context A {\n  event B {\n    id: uuid renamd from old\n  }\n}", "S0102", 3),
    Typo("insertd", "capture A.B from s.t insertd { id }", "S0102", 1),
    Typo("tablse", "source s: mysql {\n  tablse a, b\n}", "S0102", 2),
    Typo("retenton", "stream A.raw {\n  retenton 3d\n}", "S0102", 2),
    Typo("gvien", "scenario \"x\" for P {\n  gvien A { id: 1 }\n  then B\n}", "S0102", 2),
    Typo("strean", "strean A.raw { replicas 3 }", "S0102", 1),
    Typo("timout", "context A {\n  external E {\n    timout 3s\n  }\n}", "S0102", 3),
    Typo(
        "utnil",
        "context A {\n  process P {\n    step a {\n      then B\n      utnil C within 3d\n    }\n  }\n}",
        "S0102",
        5,
    ),
    Typo("snapshto", "context A {\n  aggregate B sourced {\n    snapshto every 100\n  }\n}", "S0102", 3),
    // two on a line
    Typo("no comma between fields", "context A {\n  event B { id: uuid total: u32 }\n}", "S0106", 2),
    Typo("no comma between bare names", "context A {\n  event B { id total }\n}", "S0106", 2),
    Typo(
        "no comma between values",
        "context A {\n  policy P {\n    then C { id, a: 1 b: 2 }\n  }\n}",
        "S0106",
        3,
    ),
    Typo("no comma between enum values", "context A {\n  enum E { a b }\n}", "S0106", 2),
    Typo("two clauses on a line", "context A {\n  policy P {\n    whenever B then C\n  }\n}", "S0106", 3),
    Typo("if and then on a line", "context A {\n  policy P {\n    if total > 0 then C\n  }\n}", "S0106", 3),
    Typo("two declarations on a line", "context A {\n  event B event C\n}", "S0106", 2),
    Typo("two bodies on a line", "context A {\n  event B { id } event C { id }\n}", "S0106", 2),
    Typo("two settings on a line", "stream A.raw { replicas 3 retention 3d }", "S0106", 1),
    Typo("two contexts on a line", "context A { event B } context C { event D }", "S0106", 1),
    // something is left out
    Typo("no operand", "context A {\n  policy P {\n    if total >\n    then C { id }\n  }\n}", "S0101", 3),
    Typo("no operand before then", "context A {\n  policy P {\n    if total > then C\n  }\n}", "S0101", 3),
    Typo("no left operand", "context A {\n  policy P {\n    if > 5\n  }\n}", "S0101", 3),
    Typo("no target of an arrow", "context A {\n  command B on C ->\n  event D\n}", "S0101", 2),
    Typo(
        "no target before a body",
        "context A {\n  command B on C -> { id: uuid }\n  event D\n}",
        "S0101",
        2,
    ),
    Typo("no second target", "context A {\n  command B -> C | { id: uuid }\n}", "S0101", 2),
    Typo(
        "a comma after an arrow's target",
        "context A {\n  command B on C -> D,\n  event D { id: uuid }\n}",
        "S0101",
        2,
    ),
    Typo("no name of an event", "context A {\n  event { id: uuid }\n  event C\n}", "S0101", 2),
    Typo("no name of a context", "context {\n  event B\n  event C\n}", "S0101", 1),
    Typo("no type", "context A {\n  event B {\n    id:\n    total: u32\n  }\n}", "S0101", 3),
    Typo("no value", "context A {\n  policy P {\n    then C { id: , total }\n  }\n}", "S0101", 3),
    Typo(
        "no name before the colon",
        "context A {\n  event B {\n    : uuid\n    total: u32\n  }\n}",
        "S0101",
        3,
    ),
    Typo("nothing after whenever", "context A {\n  policy P {\n    whenever\n    then C\n  }\n}", "S0101", 3),
    Typo("nothing after then", "context A {\n  policy P {\n    whenever B\n    then\n  }\n}", "S0101", 4),
    Typo("nothing after or", "context A {\n  policy P {\n    unless B or\n    then C\n  }\n}", "S0101", 3),
    Typo("no on target", "context A {\n  event B on { id: uuid }\n}", "S0101", 2),
    Typo("no key", "context A {\n  aggregate B key\n  event C\n}", "S0101", 2),
    Typo("no kind of source", "source shop {\n  tables a\n}", "S0101", 1),
    Typo("no subject of a scenario", "scenario \"x\" {\n  when A\n  then B\n}", "S0101", 1),
    Typo("no unit", "context A {\n  policy P {\n    lag at most 5\n  }\n}", "S0101", 3),
    Typo(
        "no closing parenthesis of a type",
        "context A {\n  event B {\n    total: decimal(12, 2\n    id: uuid\n  }\n}",
        "S0101",
        3,
    ),
    Typo(
        "no closing parenthesis of a value",
        "context A {\n  policy P {\n    if (a or b\n    then C\n  }\n}",
        "S0101",
        3,
    ),
    Typo("no closing bracket", "context A {\n  event B {\n    lines: Line[\n  }\n}", "S0101", 3),
    // something does not belong here
    Typo("a double comma", "context A {\n  event B { id,, total: u32 }\n}", "S0101", 2),
    Typo("a stray sign", "context A {\n  event B {\n    id: uuid #\n    total: u32\n  }\n}", "S0101", 3),
    Typo("a stray sign between declarations", "context A {\n  event B\n  %\n  event C\n}", "S0101", 3),
    Typo("a semicolon", "context A {\n  event B { id: uuid; total: u32 }\n}", "S0101", 2),
    Typo("a single =", "context A {\n  policy P {\n    if a = 1\n  }\n}", "S0101", 3),
    Typo("&&", "context A {\n  policy P {\n    if a && b\n  }\n}", "S0101", 3),
    Typo("a single quote", "context A {\n  owner 'team'\n}", "S0101", 2),
    Typo("a value by =", "context A {\n  policy P {\n    then C { id = 1 }\n  }\n}", "S0101", 3),
    Typo(
        "a literal in a condition",
        "context A {\n  policy P {\n    if a == { b: 1 }\n    then C\n  }\n}",
        "S0101",
        3,
    ),
    Typo("the arrow of another language", "context A {\n  command B => C\n}", "S0101", 2),
    Typo(
        "a map of maps",
        "context A {\n  event B {\n    m: map<string, map<string, u32>>\n  }\n}",
        "S0101",
        3,
    ),
    Typo("optional before repeated", "context A {\n  event B {\n    m: string?[]\n  }\n}", "S0101", 3),
    Typo("a hyphen in a name", "context A {\n  event order-placed\n  event C\n}", "S0101", 2),
    Typo("a clause word as a value", "context A {\n  policy P {\n    if after > 3\n  }\n}", "S0101", 3),
    Typo(
        "a word between the header and its body",
        "context A {\n  event B on C now { id: uuid }\n}",
        "S0101",
        2,
    ),
    Typo("prose between contexts", "this is not a model\nat all\ncontext A { event B }", "S0101", 1),
    Typo("a stream in a context", "context A {\n  event B\n  stream A.raw { replicas 3 }\n}", "S0110", 3),
    Typo("a default in an event", "context A {\n  event B { quantity: u32 = 1 }\n}", "S0116", 2),
    // texts, docs, annotations
    Typo("an open text", "context A {\n  owner \"team\n  event B\n}", "S0105", 2),
    Typo("an open text in a body", "context A {\n  policy P {\n    then C { a: \"x }\n  }\n}", "S0105", 3),
    Typo(
        "an open text in a header",
        "context A {\n  policy P \"whenever {\n    whenever B\n  }\n}",
        "S0105",
        2,
    ),
    Typo("an unknown escape", "context A {\n  owner \"a\\qb\"\n}", "S0115", 2),
    Typo(
        "an annotation after a type",
        "context A {\n  event B {\n    email: string @pii\n    total: u32\n  }\n}",
        "S0108",
        3,
    ),
    Typo(
        "an annotation before nothing",
        "context A {\n  event B {\n    id: uuid\n    @pii\n  }\n}",
        "S0101",
        4,
    ),
    Typo("an annotated context", "@pii\ncontext A { event B }", "S0119", 1),
    Typo(
        "a doc after a field",
        "context A {\n  event B {\n    id: uuid /// the id\n    total: u32\n  }\n}",
        "S0109",
        3,
    ),
    Typo(
        "a doc before a brace",
        "context A {\n  event B {\n    id: uuid\n    /// nothing\n  }\n}",
        "S0109",
        4,
    ),
    Typo(
        "a doc before a clause",
        "context A {\n  policy P {\n    /// charge\n    whenever B\n    then C\n  }\n}",
        "S0109",
        3,
    ),
    // given twice
    Typo(
        "two lags",
        "context A {\n  policy P {\n    lag at most 5s\n    then B\n    lag at most 9s\n  }\n}",
        "S0107",
        5,
    ),
    Typo("two conditions", "context A {\n  policy P {\n    if a\n    if b\n  }\n}", "S0107", 4),
    Typo("two on", "context A {\n  event B on C on D\n}", "S0107", 2),
    Typo("two topics", "stream A.raw {\n  topic \"a\"\n  topic \"b\"\n}", "S0107", 3),
    Typo(
        "two ways to give up",
        "context A {\n  policy P {\n    retry 3 times then skip\n    then park\n  }\n}",
        "S0107",
        4,
    ),
    Typo("two schemas", "source s: mysql {\n  schema \"a\"\n  schema \"b\"\n}", "S0107", 3),
    // values
    Typo("a date as a subtraction", "context A {\n  policy P {\n    if due > 2027-1-15\n  }\n}", "S0113", 3),
    Typo("a day that is not in the calendar", "context A {\n  hotspot \"?\" due 2027-02-30\n}", "S0113", 2),
    Typo("a chain", "context A {\n  policy P {\n    if 1 < a < 10\n  }\n}", "S0114", 3),
    Typo(
        "a number too large",
        "context A {\n  policy P {\n    lag at most 99999999999999999999d\n  }\n}",
        "S0112",
        3,
    ),
    Typo("and before anything", "scenario \"x\" for P {\n  and A\n  then B\n}", "S0117", 2),
    Typo("and with or", "context A {\n  policy P {\n    whenever B and C or D\n  }\n}", "S0118", 3),
];

/// A context in which nothing is wrong.
const SOUND: &str = "context Sound {\n  event Heard on Ear { ear_id, loud: bool }\n  policy Listen { whenever Heard, then Nod }\n}\n";

#[test]
fn one_typo_gives_one_finding_at_its_place() {
    let mut wrong = String::new();
    for Typo(what, damaged, code, at) in TYPOS {
        let text = format!("{SOUND}{damaged}\n{SOUND}");
        let (tree, findings) = read(&text);
        let lines_before = SOUND.matches('\n').count();
        let right = matches!(findings.as_slice(), [one] if one.rule.code == *code && line(&text, one) == lines_before + at);
        if !right {
            wrong +=
                &format!("{what}: expected {code} at {}\n{}", lines_before + at, shown(&text, &findings));
        }
        let sound = tree.items.iter().filter(|item| {
            matches!(item, Item::Context(context)
                if context.name.text == "Sound" && context.declarations.len() == 2 && !context.poisoned
                && context.declarations.iter().all(|declaration| !declaration.poisoned))
        });
        if sound.count() != 2 {
            wrong += &format!("{what}: what stands around is not read\n{tree:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_finding_at_the_end_of_a_file_is_the_same() {
    let last = Typo("a doc at the end", "context A { event B }\n/// the end\n", "S0109", 2);
    for Typo(what, damaged, code, at) in TYPOS.iter().chain([&last]) {
        let (_, findings) = read(damaged);
        let right =
            matches!(findings.as_slice(), [one] if one.rule.code == *code && line(damaged, one) == *at);
        assert!(right, "{what}: expected {code} at {at}\n{}", shown(damaged, &findings));
    }
}
