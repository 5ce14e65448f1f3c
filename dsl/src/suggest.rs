//! The nearest known word to a mistyped one. It must not know what the words mean.

/// The candidate that was most probably meant: the smallest Damerau-Levenshtein distance (insert, delete, replace, swap
/// two neighbours), the first of equals. None when nothing is near: a word may be wrong in about a third of its
/// letters, and in one at least if it has three. Case alone never counts as a difference of more than one letter.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().collect();
    let limit = tolerance(letters.len());
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        if candidate == word {
            continue;
        }
        let bound = best.map_or(limit, |(distance, _)| distance.saturating_sub(1));
        let distance = if candidate.to_lowercase() == word.to_lowercase() {
            1
        } else {
            let other: Vec<char> = candidate.chars().collect();
            if other.len().abs_diff(letters.len()) > bound {
                continue;
            }
            distance(&letters, &other)
        };
        if distance <= bound && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many letters of a word may be wrong.
fn tolerance(letters: usize) -> usize {
    match letters {
        0..=1 => 0,
        2..=5 => 1,
        6..=8 => 2,
        9..=14 => 3,
        _ => 4,
    }
}

/// The optimal string alignment distance: each place is edited once at most.
fn distance(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before = vec![0; width];
    let mut previous: Vec<usize> = (0..width).collect();
    let mut current = vec![0; width];
    for (row, a) in left.iter().enumerate() {
        current[0] = row + 1;
        for (column, b) in right.iter().enumerate() {
            let replaced = previous[column] + usize::from(a != b);
            let mut least = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b {
                least = least.min(before[column - 1] + 1);
            }
            current[column + 1] = least;
        }
        (before, previous, current) = (previous, current, before);
    }
    previous[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[&str] =
        &["event", "command", "policy", "whenever", "if", "OrderPlaced", "OrderPaid", "주문됨"];

    fn near(word: &str) -> Option<&'static str> {
        nearest(word, WORDS.iter().copied())
    }

    #[test]
    fn finds_what_was_meant() {
        for (typed, meant) in [
            ("evnt", "event"),
            ("eevnt", "event"),
            ("comand", "command"),
            ("polizy", "policy"),
            ("wenever", "whenever"),
            ("fi", "if"),
            ("OrderPlacd", "OrderPlaced"),
            ("orderplaced", "OrderPlaced"),
            ("ORDERPAID", "OrderPaid"),
            ("주문댐", "주문됨"),
        ] {
            assert_eq!(near(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn says_nothing_when_nothing_is_near() {
        for typed in ["", "x", "banana", "customer", "pay", "Refund"] {
            assert_eq!(near(typed), None, "{typed}");
        }
    }

    #[test]
    fn counts_edits() {
        let letters = |word: &str| word.chars().collect::<Vec<_>>();
        for (left, right, edits) in
            [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ab", "ba", 1)]
        {
            assert_eq!(distance(&letters(left), &letters(right)), edits, "{left} {right}");
        }
    }
}
