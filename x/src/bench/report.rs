//! Figures on standard output, for people and for programs.

/// Writes figures as they come.
pub(crate) struct Report {
    /// JSON objects instead of words.
    pub(crate) json: bool,
}

impl Report {
    /// One figure: `name value unit`.
    pub(crate) fn figure(&self, name: &str, value: f64, unit: &str) {
        println!("{}", self.line(name, value, unit));
    }

    /// One figure beside what it is to be: at least `least`, at most `most`.
    pub(crate) fn figure_of(
        &self,
        name: &str,
        value: f64,
        unit: &str,
        least: Option<f64>,
        most: Option<f64>,
    ) {
        let met = least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most);
        let word = if met { "met" } else { "missed" };
        let goal =
            least.map(|least| format!("at least {least}")).or(most.map(|most| format!("at most {most}")));
        match goal {
            Some(goal) if !self.json => println!("{} (goal: {goal}; {word})", self.line(name, value, unit)),
            _ => self.figure(name, value, unit),
        }
    }

    /// What a reader has to know of the figures that follow.
    pub(crate) fn note(&self, text: &str) {
        if self.json {
            println!("{}", serde_json::json!({ "note": text }));
        } else {
            println!("# {text}");
        }
    }

    fn line(&self, name: &str, value: f64, unit: &str) -> String {
        let rounded = (value * 1000.0).round() / 1000.0;
        if self.json {
            serde_json::json!({ "name": name, "value": rounded, "unit": unit }).to_string()
        } else {
            format!("{name} {rounded} {unit}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn a_figure_is_one_line() {
        assert_eq!(Report { json: false }.line("check.100.cpu", 0.01249, "s"), "check.100.cpu 0.012 s");
        let json = Report { json: true }.line("check.100.cpu", 1.5, "s");
        assert_eq!(json, r#"{"name":"check.100.cpu","unit":"s","value":1.5}"#);
    }
}
