//! Models of a few lines for the tests of this crate.

use storm_dsl::diagnostic::Diagnostic;
use storm_dsl::source::{SourceFile, SourceSet};

use crate::project::{Project, Runtime};
use crate::{Generated, generate};

/// What a model generates beside a lock. `ddl` is its `schema.sql`.
pub(crate) fn generated_beside(
    text: &str,
    ddl: &str,
    lock: Option<&str>,
) -> Result<Generated, Vec<Diagnostic>> {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let sources = SourceSet {
        name: "shop".into(),
        files: vec![file("shop.storm", text)],
        schemas: vec![file("schema.sql", ddl)],
    };
    let (model, ..) = storm_dsl::analyse(&sources).valid().unwrap_or_else(|found| {
        panic!("the test's model is right: {:?}", found.iter().map(|it| &it.message).collect::<Vec<_>>())
    });
    let project = Project { name: "shop".into(), runtime: Runtime::Vendor };
    generate(&model, &sources, &project, lock)
}

/// What a model without a database generates.
pub(crate) fn generated(text: &str) -> Result<Generated, Vec<Diagnostic>> {
    generated_beside(text, "", None)
}

/// The codes by which a model is refused.
pub(crate) fn refused(text: &str) -> Vec<&'static str> {
    generated(text).map_or_else(|found| found.iter().map(|it| it.rule.code).collect(), |_| Vec::new())
}

/// A generated file's text.
pub(crate) fn file(generated: &Generated, path: &str) -> String {
    let found = generated.files.get(path);
    let found = found.unwrap_or_else(|| {
        panic!("`{path}` is not among {:?}", generated.files.iter().map(|it| &it.path).collect::<Vec<_>>())
    });
    String::from_utf8(found.contents.clone()).expect("text")
}
