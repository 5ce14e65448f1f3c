//! Figures: rounds of one thing, of which the median counts.

/// The values of one figure, a round each.
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Self { name: name.into(), unit, values: Vec::new() }
    }

    /// One round's value.
    pub(crate) fn add(&mut self, value: f64) {
        eprintln!("  {} {value:.3} {}", self.name, self.unit);
        self.values.push(value);
    }

    /// What was added so far does not count.
    pub(crate) fn forget(&mut self) {
        self.values.clear();
    }

    /// The median; nothing before the first round.
    pub(crate) fn median(&self) -> Option<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// Prints the median.
    pub(crate) fn tell(&self) {
        if let Some(value) = self.median() {
            tell(&self.name, value, self.unit);
        }
    }

    /// Prints the median and what it is to be: at least so much, or at most.
    pub(crate) fn tell_goal(&self, goal: Goal) {
        if let Some(value) = self.median() {
            line(&self.name, value, self.unit, Some(goal));
        }
    }

    /// Prints the ratio of two medians, and what it is to be at least.
    pub(crate) fn tell_ratio(&self, name: &str, to: &Self, least: Option<f64>) {
        if let (Some(ours), Some(theirs)) = (self.median(), to.median()) {
            line(name, ours / theirs, "x", least.map(Goal::Least));
        }
    }
}

/// What a figure is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    Least(f64),
    Most(f64),
}

/// One line of the result.
pub(crate) fn tell(name: &str, value: f64, unit: &str) {
    line(name, value, unit, None);
}

/// What a reader has to know of the figures that follow.
pub(crate) fn note(text: &str) {
    println!("{}", serde_json::json!({ "note": text }));
}

fn line(name: &str, value: f64, unit: &str, goal: Option<Goal>) {
    let mut line = serde_json::json!({ "name": name, "value": value, "unit": unit });
    match goal {
        Some(Goal::Least(least)) => line["least"] = least.into(),
        Some(Goal::Most(most)) => line["most"] = most.into(),
        None => {}
    }
    println!("{line}");
}

/// The value below which this share of the sorted values lies.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = (last as f64 * share).round() as usize;
    sorted.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_rounds_counts() {
        let mut figure = Figure::new("n", "x");
        assert_eq!(figure.median(), None);
        [3.0, 1.0, 2.0].into_iter().for_each(|value| figure.add(value));
        assert_eq!(figure.median(), Some(2.0));
    }

    #[test]
    fn quantiles_of_a_hundred_and_one() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.5), Some(50.0));
        assert_eq!(quantile(&values, 0.99), Some(99.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
