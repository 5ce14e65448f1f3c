//! Files without a word in them.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{FileId, SourceFile, Span};

/// A file says something.
pub static RULE: Rule = Rule {
    code: "S0802",
    title: "a file says something",
    explain: r#"An empty `.storm` file is most often one that was not saved, or lost its text.
"#,
};

pub(crate) fn check(id: FileId, file: &SourceFile) -> Option<Diagnostic> {
    file.text.trim().is_empty().then(|| {
        Diagnostic::error(
            &RULE,
            Span { file: id, start: 0, end: 0 },
            format!("nothing is written in `{}`", file.path),
        )
        .help("write a first event, `event OrderPlaced`, or delete the file")
    })
}

#[cfg(test)]
mod tests {
    use crate::check::testing::codes;

    #[test]
    fn an_empty_file_is_an_error() {
        assert_eq!(codes(" \n"), ["S0802"]);
    }
}
