//! `stormc explain CODE`, or the name of an alert.

use crate::report::{Output, Stop};
use crate::rules;

/// The codes of a running service, as its documentation has them.
const RUNNING: &str = include_str!("../../../docs/codes.md");
/// What an operator does: each alert is a heading.
const OPERATING: &str = include_str!("../../../docs/operate.md");

/// Say what a code or an alert means, and what to do; without CODE, list them all
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A code from a report or a service's log, or the name of an alert: for example S0201, K-105, StormDeadLetters
    code: Option<String>,
}

impl Explain {
    pub(crate) fn run(self) -> Result<(), Stop> {
        let all = rules::all();
        let Some(code) = self.code else {
            let rules = all.iter().map(|rule| (rule.code, rule.title));
            let lines = rules.chain(running().map(|(code, cause, _)| (code, cause)));
            let alerts = alerts().map(|(alert, _)| format!("{alert}  an alert"));
            let lines = lines.map(|(code, title)| format!("{code}  {title}"));
            let lines: Vec<String> = lines.chain(alerts).collect();
            return Output::lines(&lines.join("\n"));
        };
        if let Some(rule) = all.iter().find(|rule| rule.code.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{}: {}\n\n{}", rule.code, rule.title, rule.explain.trim()));
        }
        if let Some((code, cause, remedy)) = running().find(|(known, ..)| known.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{code}: {cause}\n\nWhat to do: {remedy}"));
        }
        if let Some((alert, section)) = alerts().find(|(known, _)| known.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{alert}: an alert\n\n{section}"));
        }
        Err(Stop::outside(
            &rules::UNKNOWN_CODE,
            format!("there is no code and no alert `{code}`"),
            "`stormc explain` alone lists them all",
        ))
    }
}

/// The codes of a running service, each with its cause and what to do.
fn running() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    RUNNING.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.splitn(3, " | ");
        let row = (cells.next()?, cells.next()?, cells.next()?);
        (row.0.as_bytes().get(1) == Some(&b'-')).then_some(row)
    })
}

/// The alerts of a running service, each with its section of the guide.
fn alerts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let chapter =
        OPERATING.split("\n## ").find(|chapter| chapter.starts_with("Alerts\n")).unwrap_or_default();
    chapter.split("\n### ").skip(1).filter_map(|section| {
        let (name, text) = section.split_once('\n')?;
        Some((name, text.trim()))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_alert_is_known_with_what_to_do() {
        let alerts: Vec<_> = super::alerts().collect();
        assert!(alerts.len() > 20, "{alerts:?}");
        assert!(alerts.iter().all(|(name, text)| !name.contains(' ') && text.len() > 40), "{alerts:?}");
        assert!(alerts.iter().any(|(name, _)| *name == "StormDeadLetters"));
    }

    #[test]
    fn every_code_of_a_running_service_is_known() {
        let rows = super::RUNNING.lines().filter(|line| line.as_bytes().get(3) == Some(&b'-'));
        let rows = rows.filter(|line| line.starts_with("| ")).count();
        assert!(rows > 80, "{rows}");
        assert_eq!(super::running().count(), rows);
    }
}
