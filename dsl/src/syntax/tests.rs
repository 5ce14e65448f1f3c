//! What the syntax promises as a whole: every construct is read, one typo gives one finding at its place, nothing
//! panics, and the work grows with the text alone.

mod constructs;
mod damage;
mod typos;

use super::*;

/// Every construct of the language, as its design shows it.
pub(super) const LANGUAGE: &str = include_str!("tests/language.storm");

/// The tree and the findings of a text.
pub(super) fn read(text: &str) -> (SyntaxTree, Vec<Diagnostic>) {
    parse(FileId(0), text)
}

/// The line (from 1) that a finding points at.
pub(super) fn line(text: &str, finding: &Diagnostic) -> usize {
    text[..finding.labels[0].span.start as usize].matches('\n').count() + 1
}

/// The findings as text, for a failed assertion.
pub(super) fn shown(text: &str, findings: &[Diagnostic]) -> String {
    let show = |finding: &Diagnostic| {
        let (line, code, help) =
            (line(text, finding), finding.rule.code, finding.help.as_deref().unwrap_or(""));
        format!("  {line}: {code} {} ({help})\n", finding.message)
    };
    findings.iter().map(show).collect()
}

#[test]
fn the_whole_language_is_read() {
    let (tree, findings) = read(LANGUAGE);
    assert!(findings.is_empty(), "\n{}", shown(LANGUAGE, &findings));
    assert_eq!(tree.items.len(), 21);
}

#[test]
fn every_rule_has_a_code_of_its_own_and_says_how_to_mend() {
    for (index, rule) in RULES.iter().enumerate() {
        assert_eq!(rule.code, format!("S01{:02}", index + 1), "{}", rule.title);
        assert!(rule.explain.contains("```storm") || rule.code == "S0120", "{} shows no example", rule.code);
        assert!(rule.explain.contains("Mend"), "{} does not say how to mend", rule.code);
    }
}
