//! Where a long stream is cut, to go on in the next strip below, as text is wrapped.

/// The first column of each of `strips` strips of about the same width. `loads` says how many links run from each column
/// to the next: near the ideal place, the cut is where the fewest are cut through.
pub(crate) fn cuts(widths: &[f64], loads: &[usize], strips: usize) -> Vec<usize> {
    let total: f64 = widths.iter().sum();
    let mut cuts = vec![0];
    let mut before = Vec::with_capacity(widths.len());
    widths.iter().fold(0.0, |sum, width| {
        before.push(sum);
        sum + width
    });
    let target = total / strips as f64;
    for nth in 1..strips {
        let ideal = target * nth as f64;
        let least = cuts[cuts.len() - 1] + 1;
        let cost = |column: usize| (before[column] - ideal).abs() / target * 12.0 + loads[column - 1] as f64;
        let near = (least..widths.len()).filter(|&column| (before[column] - ideal).abs() <= target * 0.25);
        match near.min_by(|&a, &b| cost(a).total_cmp(&cost(b))) {
            Some(column) => cuts.push(column),
            None if least < widths.len() => cuts.push(least),
            None => break,
        }
    }
    cuts
}

/// How many links run from each column to the next.
pub(crate) fn loads(columns: usize, spans: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut change = vec![0_isize; columns + 1];
    for (from, to) in spans {
        change[from] += 1;
        change[to] -= 1;
    }
    let mut now = 0;
    let running = change.iter().map(|change| {
        now += change;
        now as usize
    });
    running.take(columns.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_avoids_links() {
        assert_eq!(cuts(&[1.0; 8], &[1, 1, 5, 5, 1, 1, 1], 2), [0, 5]);
        assert_eq!(loads(4, [(0, 3), (1, 2)].into_iter()), [1, 2, 1]);
    }

    #[test]
    fn more_strips_than_columns_are_not_made() {
        assert_eq!(cuts(&[1.0, 1.0], &[1], 5), [0, 1]);
    }
}
