//! Random legal models have no errors, and damaged ones never stop the compiler.

use proptest::prelude::*;
use storm_dsl::diagnostic::Severity;
use storm_dsl::source::{SourceFile, SourceSet};
use storm_dsl::{Analysis, analyse};

/// A field's type, a wider one that holds all its values, and a condition on it.
const TYPES: [(&str, &str, &str); 12] = [
    ("bool", "bool?", "{f} == true"),
    ("i32", "i64", "{f} > -3"),
    ("u32", "u64", "{f} + 1 < 10_000"),
    ("i64", "i64", "{f} != 0"),
    ("u64", "u64?", "{f} >= 18446744073709551615"),
    ("f32", "f64", "{f} / 2 < 0.5"),
    ("decimal(12, 2)", "decimal(14, 4)", "{f} * 2 > 0.01"),
    ("string(20)", "string", "{f} ends with \"@example.test\""),
    ("uuid", "uuid", "{f} != \"0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55\""),
    ("date", "date?", "{f} < \"2027-01-15\""),
    ("timestamp", "timestamp", "{f} > \"2027-01-15T14:30:00Z\""),
    ("duration", "duration", "{f} > 24h"),
];

#[derive(Debug, Clone)]
struct Event {
    fields: Vec<usize>,
    optional: bool,
    fan_out: bool,
    condition: Option<usize>,
    /// Which event's policy sends this event's command: (context, event), reduced by their counts.
    follows: Option<(usize, usize)>,
}

fn event() -> impl Strategy<Value = Event> {
    let fields = proptest::collection::vec(0..TYPES.len(), 1..6);
    let follows = proptest::option::of((0..9usize, 0..9usize));
    (fields, any::<bool>(), any::<bool>(), proptest::option::of(0..6usize), follows).prop_map(
        |(fields, optional, fan_out, condition, follows)| Event {
            fields,
            optional,
            fan_out,
            condition,
            follows,
        },
    )
}

fn contexts() -> impl Strategy<Value = Vec<Vec<Event>>> {
    proptest::collection::vec(proptest::collection::vec(event(), 1..5), 1..4)
}

/// Writes the model: every event has a command that emits it, whose fields are those of the event whose policy sends it.
fn write(contexts: &[Vec<Event>]) -> String {
    let mut text = String::new();
    for (c, events) in contexts.iter().enumerate() {
        text += &format!(
            "/// The context.\ncontext C{c} {{\n  actor Person\n  aggregate Thing key thing_id: uuid\n"
        );
        for (e, event) in events.iter().enumerate() {
            let mark = if event.optional { "?" } else { "" };
            let declared: Vec<String> = (event.fields.iter().enumerate())
                .map(|(f, ty)| format!("f{f}: {}{}", TYPES[*ty].0, if f == 0 { mark } else { "" }))
                .collect();
            text += &format!(
                "  event E{e} on Thing {{\n    thing_id\n    {}\n    many: string[]\n  }}\n",
                declared.join("\n    ")
            );
            let source = event.follows.map(|(c, e)| {
                let c = c % contexts.len();
                (c, e % contexts[c].len())
            });
            let Some((from_c, from_e)) = source else {
                text += &format!("  command Do{e} by Person on Thing -> E{e} {{ thing_id, x: u32? }}\n");
                continue;
            };
            let heard = &contexts[from_c][from_e];
            let taken = 1.min(heard.fields.len() - 1);
            let wide = TYPES[heard.fields[taken]].1;
            let wide = if taken == 0 && heard.optional {
                format!("{}?", wide.trim_end_matches('?'))
            } else {
                wide.into()
            };
            let one = if heard.fan_out { ", one: string" } else { "" };
            text += &format!("  command Do{e} on Thing -> E{e} {{ thing_id, x: {wide}{one} }}\n");
            text += &format!("  policy P{e} {{\n    whenever C{from_c}.E{from_e}\n");
            if let Some(f) = heard.condition.map(|f| f % heard.fields.len()) {
                let condition = TYPES[heard.fields[f]].2.replace("{f}", &format!("f{f}"));
                let guard = if f == 0 && heard.optional { "f0 is set and " } else { "" };
                text += &format!("    if {guard}{condition}\n");
            }
            if heard.fan_out {
                text += "    for each item in many\n";
            }
            let one = if heard.fan_out { ", one: item" } else { "" };
            text += &format!("    then Do{e} {{ thing_id, x: f{taken}{one} }}\n    then skip\n  }}\n");
        }
        text += "}\n";
    }
    text
}

fn read(text: &str, ddl: &str) -> (SourceSet, Analysis) {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let schemas = vec![file("schema/shop.sql", ddl)];
    let sources = SourceSet { name: "any".into(), files: vec![file("any.storm", text)], schemas };
    let analysis = analyse(&sources);
    (sources, analysis)
}

/// Every place that is shown lies in its file, between letters.
fn places_exist(sources: &SourceSet, analysis: &Analysis) {
    for label in analysis.diagnostics.iter().flat_map(|it| &it.labels) {
        let text = &sources.file(label.span.file).text;
        let (start, end) = (label.span.start as usize, label.span.end as usize);
        assert!(start <= end && text.is_char_boundary(start), "{label:?}");
        assert!(text.is_char_boundary(end), "{label:?}");
    }
}

const SHOP: &str = "context Ordering {
  enum Status { placed, paid }
  aggregate Order key order_id: uuid
  external Mail { timeout 3s }
  event OrderPlaced on Order { order_id, status: Status, note: string?, lines: string[] }
  command PlaceOrder on Order -> OrderPlaced { order_id }
  policy Confirm { whenever OrderPlaced\n if status == paid and note is set\n then SendMail { order_id, note } }
  command SendMail on Mail key order_id -> MailSent { order_id, note: string }
  event MailSent from Mail key order_id { order_id }
  view Orders key order_id { status: Status, on OrderPlaced { status } }
}
source shop: mysql { schema \"schema/shop.sql\"\n tables orders }
capture Ordering.OrderPlaced from shop.orders inserted where total > 0 { order_id: id, status, note, lines }
stream Ordering.events { partitions 3 }
";

const DDL: &str = "CREATE TABLE `orders` (`id` char(36) NOT NULL, `status` enum('placed','paid') NOT NULL,\n\
                   `note` text, `total` decimal(12,2) NOT NULL, `lines` json NOT NULL, PRIMARY KEY (`id`));\n";

#[test]
fn the_model_that_is_damaged_below_is_whole() {
    let (_, analysis) = read(SHOP, DDL);
    assert!(analysis.valid().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn legal_models_have_no_errors(contexts in contexts()) {
        let text = write(&contexts);
        let (_, analysis) = read(&text, "");
        let errors: Vec<_> = analysis.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        prop_assert!(errors.is_empty(), "{text}\n{errors:#?}");
        let events: usize = contexts.iter().map(Vec::len).sum();
        prop_assert_eq!(analysis.model.events.len(), events);
        prop_assert_eq!(analysis.model.events.iter().filter(|it| it.entrance.is_none()).count(), 0);
    }

    #[test]
    fn damaged_models_are_still_read(at in 0..SHOP.len(), length in 0..12usize, with in "[a-z{}(),.:\"0-9 \n>|é-]{0,4}") {
        let mut text = SHOP.to_owned();
        text.replace_range(at..(at + length).min(SHOP.len()), &with);
        let (sources, analysis) = read(&text, DDL);
        places_exist(&sources, &analysis);
    }

    #[test]
    fn damaged_snapshots_are_still_read(at in 0..DDL.len(), length in 0..12usize, with in "[a-zA-Z`'(),;#*/ \n0-9é-]{0,4}") {
        let mut ddl = DDL.to_owned();
        ddl.replace_range(at..(at + length).min(DDL.len()), &with);
        let (sources, analysis) = read(SHOP, &ddl);
        places_exist(&sources, &analysis);
    }
}

/// A letter more in the name of anything on the board, where it is declared or where it is used: never more than one error.
#[test]
fn one_misspelt_word_is_one_error() {
    let words: Vec<(usize, &str)> = SHOP
        .match_indices(|letter: char| letter.is_ascii_alphabetic())
        .filter(|(at, letter)| {
            letter.starts_with(char::is_uppercase)
                && !SHOP[..*at].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_')
        })
        .map(|(at, _)| {
            let length = SHOP[at..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            (at, &SHOP[at..at + length.unwrap_or(0)])
        })
        .collect();
    let mut found = 0;
    for (at, word) in words {
        let misspelt = format!("{}z{}", &SHOP[..at + word.len()], &SHOP[at + word.len()..]);
        let (_, analysis) = read(&misspelt, DDL);
        let errors: Vec<_> =
            analysis.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        assert!(errors.len() <= 1, "`{word}` became `{word}z` in\n{misspelt}\n{errors:#?}");
        found += errors.len();
    }
    assert!(found > 20, "{found} of them were found");
}
