//! `stormc explain CODE`, or the name of an alert.

mod guide;

use crate::report::{Output, Stop};
use crate::rules;

/// The codes of a running service, as its documentation has them.
const RUNNING: &str = include_str!("../../../docs/codes.md");

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
            let lines = rules.chain(running().map(|row| (row.code, row.cause)));
            let alerts = guide::alerts().map(|alert| format!("{}  an alert", alert.title));
            let lines = lines.map(|(code, title)| format!("{code}  {title}"));
            let lines: Vec<String> = lines.chain(alerts).collect();
            return Output::lines(&lines.join("\n"));
        };
        if let Some(rule) = all.iter().find(|rule| rule.code.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{}: {}\n\n{}", rule.code, rule.title, rule.explain.trim()));
        }
        if let Some(row) = running().find(|row| row.code.eq_ignore_ascii_case(&code)) {
            return Output::lines(&told(&row));
        }
        if let Some(alert) = guide::alerts().find(|alert| alert.title.eq_ignore_ascii_case(&code)) {
            return Output::lines(&format!("{}: an alert\n\n{}", alert.title, alert.plain()));
        }
        Err(Stop::outside(
            &rules::UNKNOWN_CODE,
            format!("there is no code and no alert `{code}`"),
            "`stormc explain` alone lists them all",
        ))
    }
}

/// A code of a running service.
struct Row {
    code: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

/// The codes of a running service, each with its cause and what to do.
fn running() -> impl Iterator<Item = Row> {
    RUNNING.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.splitn(3, " | ");
        let row = Row { code: cells.next()?, cause: cells.next()?, remedy: cells.next()? };
        (row.code.as_bytes().get(1) == Some(&b'-')).then_some(row)
    })
}

/// All there is to say of a code: its row, the row that it refers to (`as C-111`), and the guide's section.
fn told(row: &Row) -> String {
    let mut text = format!("{}: {}\n\nWhat to do: {}", row.code, row.cause, row.remedy);
    let (mut seen, mut remedy) = (vec![row.code], row.remedy);
    while let Some(other) = running().find(|other| refers(remedy, other.code) && !seen.contains(&other.code))
    {
        text += &format!("\n{}: {}", other.code, other.remedy);
        seen.push(other.code);
        remedy = other.remedy;
    }
    let text = guide::plain(&text);
    match seen.iter().find_map(|code| guide::about(code)) {
        Some(section) => format!("{text}\n\n{}\n\n{}", section.title, section.plain()),
        None => text,
    }
}

/// True when the remedy is another code's as well.
fn refers(remedy: &str, code: &str) -> bool {
    remedy.contains(&format!("as {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> String {
        told(&running().find(|row| row.code == code).expect("a code"))
    }

    #[test]
    fn every_code_of_a_running_service_is_known() {
        let rows = RUNNING.lines().filter(|line| line.as_bytes().get(3) == Some(&b'-'));
        let rows = rows.filter(|line| line.starts_with("| ")).count();
        assert!(rows > 80, "{rows}");
        assert_eq!(running().count(), rows);
    }

    #[test]
    fn a_code_is_explained_with_its_row_what_it_refers_to_and_the_guide() {
        assert!(of("K-105").contains("    kafka-consumer-groups.sh --bootstrap-server"), "{}", of("K-105"));
        let same = of("C-115");
        assert!(
            same.contains("What to do: as C-111") && same.contains("\nC-111: what lies between"),
            "{same}"
        );
        assert!(same.contains("\n\nA position is lost\n\nC-110, C-111"), "{same}");
        assert!(of("C-156").contains("\nC-154: correct the row"), "{}", of("C-156"));
        assert!(of("K-122").contains("| topic | lost | next |"), "{}", of("K-122"));
        assert!(of("D-012").contains("StormParkingFull"), "{}", of("D-012"));
    }

    #[test]
    fn no_link_of_a_browser_is_printed() {
        let codes = running().map(|row| told(&row));
        let alerts = guide::alerts().map(|alert| alert.plain());
        for text in codes.chain(alerts) {
            assert!(!text.contains("](") && !text.contains("```"), "{text}");
        }
    }
}
