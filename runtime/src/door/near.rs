//! The name that was probably meant.
//! It must not know: what is named.

/// The nearest of the known names, if it is near enough to be a slip.
pub(super) fn nearest<'n>(known: impl IntoIterator<Item = &'n str>, meant: &str) -> Option<&'n str> {
    // A name longer than any of ours is no slip of one, and not worth the table.
    if meant.len() > 100 {
        return None;
    }
    let near = |name: &'n str| {
        let distance = distance(&name.to_lowercase(), &meant.to_lowercase());
        (distance <= meant.chars().count().div_ceil(3).min(4)).then_some((distance, name))
    };
    known.into_iter().filter_map(near).min().map(|(_, name)| name)
}

/// How many letters must be added, removed, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let known = ["order_id", "customer_id", "lines"];
        assert_eq!(nearest(known, "orderid"), Some("order_id"));
        assert_eq!(nearest(known, "OrderId"), Some("order_id"));
        assert_eq!(nearest(known, "lnies"), Some("lines"));
        assert_eq!(nearest(known, "colour"), None);
        assert_eq!(nearest(known, ""), None);
        assert_eq!(nearest(known, &"x".repeat(1_000_000)), None);
    }
}
