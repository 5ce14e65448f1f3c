//! What the grammar would have taken at a place, in the board's words. The names of the grammar's rules end here.

use super::grammar::Rule;

/// Every declaration's first word.
pub(super) const DECLARATIONS: &[&str] = &[
    "context",
    "event",
    "command",
    "policy",
    "aggregate",
    "external",
    "actor",
    "view",
    "process",
    "hotspot",
    "type",
    "enum",
    "owner",
    "source",
    "capture",
    "stream",
    "reader",
    "scenario",
    "use",
];

/// What may happen to a row.
const CHANGES: [&str; 3] = ["inserted", "updated", "deleted"];

/// One thing that would have been taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// This very word.
    Word(String),
    /// Any of the words that begin a declaration.
    Declaration,
    /// A sign or a kind of thing, as it reads after "expected".
    Thing(&'static str),
    /// The end of the member: a line end, a comma, a `}`.
    End,
    /// The end of a header: a `{` or a line end.
    HeaderEnd,
}

/// What the rules stand for, each once; `previous` is the word before the place.
pub(super) fn expected(rules: &[Rule], previous: &str) -> Vec<Expected> {
    let mut all = Vec::new();
    for rule in rules {
        if *rule == Rule::change {
            all.extend(CHANGES.map(|word| Expected::Word(word.to_owned())));
            continue;
        }
        let each = one(*rule, previous);
        if each.iter().all(|each| !all.contains(each)) {
            all.extend(each);
        }
    }
    all
}

/// What is worth saying: the rare ends of a field only when nothing else would fit.
pub(super) fn worth_saying(all: &[Expected]) -> Vec<Expected> {
    let rare =
        |each: &Expected| matches!(each, Expected::Word(word) if word == "renamed" || word == "upcast");
    match all.iter().all(rare) {
        true => all.to_vec(),
        false => all.iter().filter(|each| !rare(each)).cloned().collect(),
    }
}

/// In words, for a message: "`on`, `by` or a name".
pub(super) fn listed(all: &[Expected]) -> String {
    let words: Vec<String> = all
        .iter()
        .map(|each| match each {
            Expected::Word(word) => format!("`{word}`"),
            Expected::Declaration => "a declaration".to_owned(),
            Expected::Thing(thing) => (*thing).to_owned(),
            Expected::End => "a line end".to_owned(),
            Expected::HeaderEnd => "a `{`".to_owned(),
        })
        .collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} or {last}", many.join(", ")),
    }
}

/// Whether a word begins a clause or a declaration somewhere.
pub(super) fn is_keyword(word: &str) -> bool {
    Rule::all_rules().iter().any(|rule| keyword(*rule).as_deref() == Some(word))
}

/// The word of a keyword's rule.
fn keyword(rule: Rule) -> Option<String> {
    format!("{rule:?}").strip_prefix("kw_").map(str::to_owned)
}

fn one(rule: Rule, previous: &str) -> Option<Expected> {
    if let Some(word) = keyword(rule) {
        return Some(Expected::Word(word));
    }
    Some(Expected::Thing(match rule {
        Rule::entry | Rule::inner_entry => return Some(Expected::Declaration),
        Rule::header_end => return Some(Expected::HeaderEnd),
        Rule::end | Rule::by_end | Rule::EOI => return Some(Expected::End),
        Rule::name | Rule::path | Rule::call | Rule::plain_type => name(previous),
        Rule::assign | Rule::row_value | Rule::field | Rule::enum_value => "a name",
        Rule::text | Rule::sentence => "a text in double quotes",
        Rule::expr | Rule::operand | Rule::value | Rule::literal => "a value",
        Rule::table => "a table",
        Rule::type_ref | Rule::inner_type => "a type",
        Rule::count => "a whole number",
        Rule::number => "a number",
        Rule::percent => "a percentage such as `20%`",
        Rule::duration => "a time such as `5s`, `10m` or `24h`",
        Rule::size => "a size such as `400 B` or `1MB`",
        Rule::rate => "a rate such as `50/s`",
        Rule::date => "a date such as `2027-01-15`",
        Rule::version => "a version such as `v2`",
        Rule::open => "`{`",
        Rule::colon => "`:`",
        Rule::arrow => "`->`",
        Rule::comma => "`,`",
        Rule::round => "`)`",
        Rule::square => "`]`",
        Rule::angle => "`>`",
        Rule::operator => "an operator",
        Rule::emits => "`->`",
        Rule::retention => "a time or a size",
        _ => return None,
    }))
}

/// What is named after a word.
fn name(previous: &str) -> &'static str {
    match previous {
        "->" | "|" | "whenever" | "unless" | "until" => "the name of an event",
        "then" | "otherwise" | "finally" | "undo" | "allow" => "the name of a command",
        "by" => "the name of an actor or a key",
        ":" => "a type",
        "key" => "the name of the key",
        "event" => "a name for the event",
        "command" => "a name for the command",
        "policy" => "a name for the policy",
        "context" => "a name for the context",
        "latest" => "the name of a view",
        _ => "a name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_words_and_never_names_of_rules() {
        let all = expected(&[Rule::kw_on, Rule::kw_by, Rule::name, Rule::kw_on], "->");
        assert_eq!(listed(&all), "`on`, `by` or the name of an event");
        for rule in Rule::all_rules() {
            let words = listed(&expected(&[*rule], "on"));
            assert!(!words.contains('_'), "{rule:?} is said as {words}");
        }
    }

    #[test]
    fn every_declaration_is_a_keyword() {
        for word in DECLARATIONS {
            assert!(is_keyword(word), "{word}");
        }
        assert!(!is_keyword("banana"));
    }
}
