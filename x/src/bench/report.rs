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
