//! Small models for the rules' tests. `«…»` marks the place that a diagnostic must point at.

use crate::analyse;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::FlowGraph;
use crate::model::Model;
use crate::source::{SourceFile, SourceSet, Span};

/// A table that has what most captures need.
const SHOP: &str = "CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY, status VARCHAR(20) NOT NULL, \
                    total DECIMAL(12,2) NOT NULL, note VARCHAR(200));";

/// A model whose event `E` of `A` has these fields and is captured like this from `shop.orders`.
pub(crate) fn shop(fields: &str, capture: &str) -> String {
    format!(
        "context A {{ aggregate G key id: string\n event E on G {{ {fields} }} }}\n\
         source shop: mysql {{ schema \"schema/shop.sql\"\n tables orders }}\n\
         capture A.E from shop.orders {capture}"
    )
}

/// The one error of a model: its code and place; yields its help.
pub(crate) fn broken(code: &str, model: &str) -> String {
    broken_ddl(code, model, SHOP)
}

/// The same with a snapshot of its own, `schema/shop.sql`.
pub(crate) fn broken_ddl(code: &str, model: &str, ddl: &str) -> String {
    let errors = of(model, ddl, Severity::Error);
    let [error] = errors.as_slice() else { panic!("one error is wanted in\n{model}\nfound {errors:#?}") };
    assert_eq!(error.rule.code, code, "{model}\n{error:#?}");
    in_place(error, model, ddl);
    error.help.clone().expect("an error says what to do")
}

/// The one warning of a model.
pub(crate) fn warned(code: &str, model: &str) {
    clean(&plain(model));
    let warnings = of(model, SHOP, Severity::Warning);
    let found: Vec<_> = warnings.iter().filter(|it| it.rule.code == code).collect();
    let [warning] = found.as_slice() else { panic!("one {code} is wanted in\n{model}\nfound {warnings:#?}") };
    in_place(warning, model, SHOP);
}

/// A model without this warning.
pub(crate) fn quiet(code: &str, model: &str) {
    clean(model);
    assert!(of(model, SHOP, Severity::Warning).iter().all(|it| it.rule.code != code));
}

/// A model without errors.
pub(crate) fn clean(model: &str) {
    clean_ddl(model, SHOP);
}

/// A model and a snapshot without errors.
pub(crate) fn clean_ddl(model: &str, ddl: &str) {
    let errors = of(model, ddl, Severity::Error);
    assert!(errors.is_empty(), "no error is wanted in\n{model}\nfound {errors:#?}");
}

/// The message of the first error.
pub(crate) fn message(model: &str) -> String {
    of(model, SHOP, Severity::Error).remove(0).message
}

/// The codes of all errors.
pub(crate) fn codes(model: &str) -> Vec<&'static str> {
    of(model, SHOP, Severity::Error).iter().map(|it| it.rule.code).collect()
}

/// The model of a text that has no errors.
pub(crate) fn model(text: &str) -> Model {
    clean(text);
    analyse(&sources(text, SHOP)).model
}

/// The graph of a text that has no errors.
pub(crate) fn graph(text: &str) -> FlowGraph {
    clean(text);
    analyse(&sources(text, SHOP)).graph
}

/// The sources of a model with a snapshot.
pub(crate) fn sources(model: &str, ddl: &str) -> SourceSet {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: plain(text) };
    SourceSet {
        name: "test".into(),
        files: vec![file("model.storm", model)],
        schemas: vec![file("schema/shop.sql", ddl)],
    }
}

fn of(model: &str, ddl: &str, severity: Severity) -> Vec<Diagnostic> {
    let mut diagnostics = analyse(&sources(model, ddl)).diagnostics;
    diagnostics.retain(|it| it.severity == severity);
    diagnostics
}

fn in_place(diagnostic: &Diagnostic, model: &str, ddl: &str) {
    for (file, text) in [model, ddl].into_iter().enumerate() {
        let Some(start) = text.find('«') else { continue };
        let end = text.find('»').expect("a mark has an end") - '«'.len_utf8();
        let Span { file: found, start: from, end: to } = diagnostic.labels[0].span;
        let marked = (file as u32, &plain(text)[start..end]);
        let plain = plain(text);
        assert_eq!(
            (found.0, plain.get(from as usize..to as usize).unwrap_or("")),
            marked,
            "{text}\n{diagnostic:#?}"
        );
        assert_eq!((from as usize, to as usize), (start, end), "{text}\n{diagnostic:#?}");
    }
}

fn plain(text: &str) -> String {
    text.replace(['«', '»'], "")
}
