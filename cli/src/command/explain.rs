//! `stormc explain CODE`

use crate::report::{Output, Stop};
use crate::rules;

/// The codes of a running service, as its documentation has them.
const RUNNING: &str = include_str!("../../../docs/codes.md");

/// Say what a code means, with an example; without CODE, list all codes
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A code from a report or a service's log, for example S0201 or K-105
    code: Option<String>,
}

impl Explain {
    pub(crate) fn run(self) -> Result<(), Stop> {
        let all = rules::all();
        let Some(code) = self.code else {
            let rules = all.iter().map(|rule| (rule.code, rule.title));
            let lines = rules.chain(running().map(|(code, cause, _)| (code, cause)));
            let lines: Vec<String> = lines.map(|(code, title)| format!("{code}  {title}")).collect();
            return Output::lines(&lines.join("\n"));
        };
        if let Some(rule) = all.iter().find(|rule| rule.code.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{}: {}\n\n{}", rule.code, rule.title, rule.explain.trim()));
        }
        if let Some((code, cause, remedy)) = running().find(|(known, ..)| known.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{code}: {cause}\n\nWhat to do: {remedy}"));
        }
        Err(Stop::World {
            message: format!("there is no code `{code}`"),
            help: "`stormc explain` alone lists all codes".into(),
        })
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

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_of_a_running_service_is_known() {
        let rows = super::RUNNING.lines().filter(|line| line.as_bytes().get(3) == Some(&b'-'));
        let rows = rows.filter(|line| line.starts_with("| ")).count();
        assert!(rows > 80, "{rows}");
        assert_eq!(super::running().count(), rows);
    }
}
