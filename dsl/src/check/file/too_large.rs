//! Files that nobody wrote by hand.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{FileId, SourceFile, Span};

/// The most bytes of a `.storm` file: 4 MiB.
pub const MOST: usize = 4 * 1024 * 1024;

/// A file is of a size that a person could write.
pub static RULE: Rule = Rule {
    code: "S0801",
    title: "a file has at most 4 MiB",
    explain: r#"A `.storm` file is written by people. A larger one is a mistake, a data file for example, and is not read. A context
may be opened in several files.
"#,
};

pub(crate) fn check(id: FileId, file: &SourceFile) -> Option<Diagnostic> {
    (file.text.len() > MOST).then(|| {
        let size = file.text.len() as f64 / (1024.0 * 1024.0);
        let message = format!("`{}` has {size:.1} MiB, and a model file at most 4", file.path);
        Diagnostic::error(&RULE, Span { file: id, start: 0, end: 0 }, message)
            .help("open the context in several files, or move the file out of the model's folder")
    })
}

#[cfg(test)]
mod tests {
    use crate::source::{SourceFile, SourceSet};

    #[test]
    fn a_large_file_is_not_read() {
        let text = "context A { event E }\n".repeat(super::MOST / 22 + 1);
        let files = vec![SourceFile { path: "big.storm".into(), text }];
        let analysis = crate::analyse(&SourceSet { name: "t".into(), files, schemas: vec![] });
        let codes: Vec<_> = analysis.diagnostics.iter().map(|it| it.rule.code).collect();
        assert_eq!(codes, ["S0801"]);
    }
}
