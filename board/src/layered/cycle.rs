//! Breaks cycles: which links run against the flow. Depth first in the order of the text from where the story begins,
//! so that a reader meets things in the order they were told; removing the fewest links would begin it anywhere.

/// For each link, whether it runs against the flow. The items into which nothing leads are visited first, then `starts` in
/// their order, then the rest, in the order of their indices.
pub(crate) fn against(items: usize, links: &[(usize, usize)], starts: &[usize]) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); items];
    let mut led_to = vec![false; items];
    for (index, &(from, to)) in links.iter().enumerate() {
        out[from].push(index);
        led_to[to] |= from != to;
    }
    let first = (0..items).filter(|&item| !led_to[item]);
    let second = starts.iter().copied();
    let mut against = vec![false; links.len()];
    let mut seen = vec![Visit::Not; items];
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in first.chain(second).chain(0..items) {
        if seen[start] != Visit::Not {
            continue;
        }
        seen[start] = Visit::OnTheWay;
        way.push((start, 0));
        while let Some((item, next)) = way.last_mut() {
            let Some(&link) = out[*item].get(*next) else {
                seen[*item] = Visit::Done;
                way.pop();
                continue;
            };
            *next += 1;
            let to = links[link].1;
            match seen[to] {
                Visit::Not => {
                    seen[to] = Visit::OnTheWay;
                    way.push((to, 0));
                }
                Visit::OnTheWay => against[link] = true,
                Visit::Done => {}
            }
        }
    }
    against
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    Not,
    OnTheWay,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_begins_at_its_start() {
        assert_eq!(against(3, &[(0, 1), (1, 2), (2, 0)], &[1]), [true, false, false]);
        assert_eq!(against(3, &[(0, 1), (1, 2), (2, 0)], &[]), [false, false, true]);
    }

    #[test]
    fn a_link_to_itself_runs_against() {
        assert_eq!(against(1, &[(0, 0)], &[]), [true]);
    }
}
