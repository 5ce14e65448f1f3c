//! The operator's guide in a terminal: which of its sections a code or an alert is about, without what only a browser shows.
//! It must not know: what a code means.

const GUIDE: &str = include_str!("../../../../docs/operate.md");

/// A heading and what stands below it.
#[derive(Clone, Copy)]
pub(super) struct Section {
    pub(super) title: &'static str,
    text: &'static str,
}

impl Section {
    /// The section as plain text.
    pub(super) fn plain(&self) -> String {
        plain(self.text)
    }
}

/// The alerts, each with what to do.
pub(super) fn alerts() -> impl Iterator<Item = Section> {
    sections("Alerts")
}

/// The section on a code: the one that has it in its heading, or the first on halts that names it, or the alert that is
/// about it.
pub(super) fn about(code: &str) -> Option<Section> {
    let halts = || sections("Halts");
    let first = |text: &'static str| text.split("\n\n").next().unwrap_or_default();
    halts()
        .find(|section| names(section.title, code))
        .or_else(|| halts().find(|section| names(section.text, code)))
        .or_else(|| alerts().find(|alert| names(first(alert.text), code)))
}

fn sections(chapter: &str) -> impl Iterator<Item = Section> {
    let chapters = GUIDE.split("\n## ").filter_map(|text| text.split_once('\n'));
    let text = chapters.filter(move |(title, _)| *title == chapter).map(|(_, text)| text).next();
    text.unwrap_or_default().split("\n### ").skip(1).filter_map(|section| {
        let (title, text) = section.split_once('\n')?;
        Some(Section { title, text: text.trim() })
    })
}

/// True when a text names a code, alone or within `F-101 to F-113`.
fn names(text: &str, code: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    let kind = |word: &str| word.split_once('-').map(|(kind, _)| kind.to_owned());
    let is_between = |ends: &[&str]| {
        let [first, "to", last] = ends else { return false };
        // Numbers have three digits each, so that text is in their order.
        kind(first) == kind(code) && kind(last) == kind(code) && (*first..=*last).contains(&code)
    };
    words.contains(&code) || words.windows(3).any(is_between)
}

/// Markdown without links and fences: a link is its words, what stood between fences is set in.
pub(super) fn plain(text: &str) -> String {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in without_links(text).lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            lines.push(format!("    {line}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

fn without_links(text: &str) -> String {
    let (mut said, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("](") {
        let link = before.rsplit_once('[').zip(after.split_once(')'));
        let Some(((before, words), (_, after))) = link else {
            said.push_str(before);
            said.push_str("](");
            rest = after;
            continue;
        };
        said.push_str(before);
        said.push_str(words);
        rest = after;
    }
    said + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_is_known_with_what_to_do() {
        let alerts: Vec<_> = alerts().collect();
        assert!(alerts.len() > 20, "{}", alerts.len());
        assert!(alerts.iter().all(|alert| !alert.title.contains(' ') && alert.text.len() > 40));
        assert!(alerts.iter().any(|alert| alert.title == "StormDeadLetters"));
    }

    #[test]
    fn a_code_has_its_section() {
        let title = |code| about(code).map(|section| section.title);
        assert_eq!(title("K-105"), Some("K-105: records have expired"));
        assert_eq!(title("K-122"), Some("K-122: a topic was deleted"));
        assert_eq!(title("K-121"), Some("K-105: records have expired"));
        assert_eq!(title("C-115"), Some("A position is lost"));
        assert_eq!(title("F-107"), Some("The configuration is wrong"));
        assert_eq!(title("D-011"), Some("StormParked"));
        assert_eq!(title("D-005"), Some("StormLineStopped"));
        assert_eq!(title("A-204"), None);
    }

    #[test]
    fn links_are_words_and_commands_are_set_in() {
        assert_eq!(
            plain("a [halt](#halts) of [K-105](#k)\n\n```text\nrun.sh [x]\n```\nend (a [b] c)"),
            "a halt of K-105\n\n    run.sh [x]\nend (a [b] c)"
        );
        assert_eq!(plain("[x] and y](z"), "[x] and y](z");
    }
}
