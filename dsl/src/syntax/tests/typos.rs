//! One typo gives one finding, with the right code, at the right line; what stands around it is read.

use super::{line, read, shown};
use crate::syntax::tree::Item;

/// A damaged text and the finding it must give.
struct Typo {
    what: &'static str,
    text: &'static str,
    code: &'static str,
    line: usize,
}

fn typos() -> Vec<Typo> {
    let cases = include_str!("typos.txt").split("\n=== ").skip(1);
    let typo = |case: &'static str| {
        let (head, text) = case.split_once('\n').unwrap();
        let mut head = head.split(" | ");
        let what = head.next().unwrap();
        Typo {
            what,
            text: text.trim_end(),
            code: head.next().unwrap(),
            line: head.next().unwrap().parse().unwrap(),
        }
    };
    cases.map(typo).collect()
}

/// A context in which nothing is wrong.
pub(super) const SOUND: &str = "context Sound {\n  event Heard on Ear { ear_id, loud: bool }\n  policy Listen { whenever Heard, then Nod }\n}\n";

/// How many sound contexts were read whole.
pub(super) fn sound(items: &[Item]) -> usize {
    let whole = items.iter().filter(|item| {
        matches!(item, Item::Context(context)
            if context.name.text == "Sound" && context.declarations.len() == 2 && !context.poisoned
            && context.declarations.iter().all(|declaration| !declaration.poisoned))
    });
    whole.count()
}

#[test]
fn one_typo_gives_one_finding_at_its_place() {
    let mut wrong = String::new();
    let before = SOUND.matches('\n').count();
    for Typo { what, text, code, line: at } in typos() {
        let text = format!("{SOUND}{text}\n{SOUND}");
        let (tree, findings) = read(&text);
        if !matches!(findings.as_slice(), [one] if one.rule.code == code && line(&text, one) == before + at) {
            wrong += &format!("{what}: expected {code} at {}\n{}", before + at, shown(&text, &findings));
        }
        if sound(&tree.items) != 2 {
            wrong += &format!("{what}: what stands around is not read\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_finding_at_the_end_of_a_file_is_the_same() {
    let last = Typo {
        what: "a doc at the end",
        text: "context A { event B }\n/// the end\n",
        code: "S0109",
        line: 2,
    };
    for Typo { what, text, code, line: at } in typos().into_iter().chain([last]) {
        let (_, findings) = read(text);
        let right = matches!(findings.as_slice(), [one] if one.rule.code == code && line(text, one) == at);
        assert!(right, "{what}: expected {code} at {at}\n{}", shown(text, &findings));
    }
}

#[test]
fn there_are_typos_enough() {
    assert!(typos().len() > 100, "{}", typos().len());
}
