//! The lock's promise, under random edits.

use std::collections::BTreeMap;

use proptest::prelude::*;
use storm_dsl::source::{FileId, Span};

use super::*;

fn wanted(name: &str, ty: &str) -> Wanted {
    let span = Span { file: FileId(0), start: 0, end: 0 };
    Wanted { name: name.into(), ty: ty.into(), renamed_from: None, span }
}

fn settle(numbers: &mut Numbers, wanted: &[Wanted]) -> usize {
    let mut diagnostics = Vec::new();
    numbers.settle("X", wanted, OnTypeChange::Refuse, &mut diagnostics);
    diagnostics.len()
}

#[test]
fn a_removed_field_is_reserved_and_its_number_is_not_given_again() {
    let mut numbers = Numbers::default();
    settle(&mut numbers, &[wanted("a", "string"), wanted("b", "string")]);
    settle(&mut numbers, &[wanted("a", "string")]);
    settle(&mut numbers, &[wanted("c", "string"), wanted("a", "string")]);
    assert_eq!((numbers.number("a"), numbers.number("c")), (1, 3));
    assert_eq!((numbers.reserved(), numbers.reserved_names()), (vec![2], vec!["b"]));
}

#[test]
fn renaming_keeps_the_number() {
    let mut numbers = Numbers::default();
    settle(&mut numbers, &[wanted("amount", "string"), wanted("b", "string")]);
    let renamed = Wanted { renamed_from: Some("amount".into()), ..wanted("total", "string") };
    assert_eq!(settle(&mut numbers, &[wanted("b", "string"), renamed.clone()]), 0);
    assert_eq!(numbers.number("total"), 1);
    assert_eq!(settle(&mut numbers, &[wanted("amount", "string"), renamed]), 1);
}

#[test]
fn a_changed_type_is_refused_in_a_contract_and_renumbered_in_a_row() {
    let mut numbers = Numbers::default();
    settle(&mut numbers, &[wanted("total", "string")]);
    assert_eq!(settle(&mut numbers.clone(), &[wanted("total", "bytes")]), 1);
    let mut diagnostics = Vec::new();
    numbers.settle("X", &[wanted("total", "bytes")], OnTypeChange::Renumber, &mut diagnostics);
    assert_eq!((numbers.number("total"), numbers.reserved()), (2, vec![1]));
    assert_eq!((numbers.reserved_names(), diagnostics.len()), (vec![], 0));
}

proptest! {
    /// Fields come, go and change places at random: a number once given to a name is that name's while it stays, and
    /// nobody else's ever.
    #[test]
    fn random_edits_never_renumber(edits in prop::collection::vec(prop::collection::vec("[a-h]", 0..8), 1..12)) {
        let mut numbers = Numbers::default();
        let mut owner: BTreeMap<u32, String> = BTreeMap::new();
        for names in edits {
            let before = numbers.live.clone();
            let mut seen = BTreeSet::new();
            let fields: Vec<_> =
                names.iter().filter(|name| seen.insert(*name)).map(|name| wanted(name, "string")).collect();
            prop_assert_eq!(settle(&mut numbers, &fields), 0);
            prop_assert_eq!(numbers.live.len(), fields.len());
            for (name, (number, _)) in &numbers.live {
                if let Some((earlier, _)) = before.get(name) {
                    prop_assert_eq!(earlier, number);
                }
                let first = owner.entry(*number).or_insert_with(|| name.clone());
                prop_assert_eq!(&*first, name);
            }
            let again = numbers.clone();
            settle(&mut numbers, &fields);
            prop_assert_eq!(again, numbers.clone());
        }
    }
}
