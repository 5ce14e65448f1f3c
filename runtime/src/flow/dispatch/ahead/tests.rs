//! What the word beside a committed offset promises: what is read is what was written or less of it, and never more.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const PLENTY: usize = 1 << 20;

fn offsets(ahead: &Ahead) -> BTreeSet<i64> {
    ahead.0.iter().flat_map(|(from, end)| *from..*end).collect()
}

#[test]
fn a_word_says_what_is_done_behind_an_offset() {
    let word = write(1_042, [(1_043, 1_045), (1_045, 1_080), (1_082, 1_083)].into_iter(), PLENTY);
    assert!(word.starts_with("storm1:1042:BlBCB:"), "{word}");
    let mut ahead = read(1_042, &word).unwrap();
    let done: Vec<i64> = (1_042..1_090).filter(|offset| ahead.has(*offset)).collect();
    assert_eq!(done, (1_043..1_080).chain([1_082]).collect::<Vec<_>>());
    assert!(ahead.0.is_empty(), "what lies behind is forgotten");
}

#[test]
fn nothing_ahead_is_an_empty_word() {
    assert_eq!(write(7, [(8, 8)].into_iter(), PLENTY), "");
    assert_eq!(write(7, [(8, 9)].into_iter(), 0), "", "no room");
    assert_eq!(read(7, ""), Ok(Ahead::default()));
}

#[test]
fn words_of_others_are_foreign() {
    let word = write(7, [(8, 20)].into_iter(), PLENTY);
    assert_eq!(read(8, &word), Err(Foreign), "it stands beside another offset");
    for other in ["metadata", "storm1", "storm1:7:", "storm2:7:BM:00000000", "a:b:c:d", ":", "ünïcode: ☃"]
    {
        assert_eq!(read(7, other), Err(Foreign), "{other}");
    }
    // Right in form and sum, and wrong in what it says.
    for runs in ["B", "BA", "B7", "gggggggggggggggggggggB", "B!", "B ", ""] {
        let said = format!("storm1:7:{runs}");
        let word = format!("{said}:{:08x}", crc32fast::hash(said.as_bytes()));
        assert!(read(7, &word).is_err() || runs.is_empty(), "{runs}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(
        next in 0_i64..i64::MAX / 4,
        done in prop::collection::btree_set(0_i64..2_000, 0..400),
    ) {
        let done: BTreeSet<i64> = done.into_iter().map(|offset| next + 1 + offset).collect();
        let word = write(next, done.iter().map(|offset| (*offset, offset + 1)), PLENTY);
        prop_assert_eq!(offsets(&read(next, &word).unwrap()), done);
    }

    /// In little room the nearest are said, and nothing that is not done.
    #[test]
    fn a_bound_leaves_out_the_farthest(
        runs in prop::collection::vec((1_i64..50, 1_i64..5_000), 0..200),
        most in 0_usize..600,
    ) {
        let mut at = 7;
        let ranges: Vec<Range> = runs.iter().map(|(open, done)| {
            let from = at + open;
            at = from + done;
            (from, at)
        }).collect();
        let word = write(7, ranges.iter().copied(), most);
        prop_assert!(word.len() <= most);
        let ahead = read(7, &word).unwrap();
        prop_assert!(ranges.iter().zip(&ahead.0).all(|(written, read)| written == read));
        prop_assert!(ahead.0.len() <= ranges.len());
        prop_assert!(most < 600 || ranges.len() > 100 || ahead.0.len() == ranges.len());
    }

    #[test]
    fn a_damaged_word_is_foreign(
        done in prop::collection::btree_set(8_i64..2_000, 1..100),
        at in any::<prop::sample::Index>(),
        with in any::<char>(),
    ) {
        let word = write(7, done.iter().map(|offset| (*offset, offset + 1)), PLENTY);
        let mut letters: Vec<char> = word.chars().collect();
        let at = at.index(letters.len());
        prop_assume!(letters[at] != with);
        letters[at] = with;
        prop_assert_eq!(read(7, &letters.iter().collect::<String>()), Err(Foreign));
    }

    #[test]
    fn any_text_is_read_without_a_panic(next in any::<i64>(), word in ".*") {
        let _ = read(next, &word);
        let _ = read(next, &format!("storm1:{next}:{word}"));
    }
}
