//! What cannot run yet is refused when it is generated, by name and with its place; it is never left out in silence.
//! Checks of the language have passed before: a model that is refused here is a good model.

mod names;
mod orchestration;
mod policies;
mod sources;

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{Depth, Head, Model};

/// Every rule, in the order of the codes.
pub static RULES: &[&Rule] = &[
    &orchestration::PROCESS,
    &orchestration::SOURCED,
    &policies::JOIN,
    &policies::TIMER,
    &orchestration::VIEW,
    &orchestration::VERSION,
    &sources::SOURCE,
    &sources::STREAM,
    &names::TAKEN,
    &names::COLLISION,
    &sources::OUTBOX,
];

/// The checks: one table, each a function of the model.
const CHECKS: &[fn(&Model) -> Vec<Diagnostic>] = &[
    orchestration::processes,
    orchestration::sourced,
    orchestration::views,
    orchestration::versions,
    policies::joins,
    policies::timers,
    sources::sources,
    sources::streams,
    sources::outboxes,
    names::taken,
    names::collisions,
];

/// What cannot run yet, in the order of the places.
pub(crate) fn check(model: &Model) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = CHECKS.iter().flat_map(|check| check(model)).collect();
    found.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    found
}

/// True for what stands in a context whose messages are written.
fn is_written(model: &Model, head: &Head) -> bool {
    head.context.is_some_and(|context| model[context].depth >= Depth::Contract)
}

#[cfg(test)]
mod tests {
    use crate::testing::{generated_beside, refused};

    /// A context of service depth with this inside.
    fn with(inside: &str) -> String {
        format!(
            "context A {{\n actor U\n aggregate G key id: uuid\n command C by U on G -> E {{ id }}\n\
             event E on G {{ id }}\n command D by U on G -> F {{ id }}\n event F on G {{ id }}\n{inside}\n}}"
        )
    }

    #[test]
    fn what_cannot_run_yet_is_named() {
        for (code, inside) in [
            (
                "S0701",
                "process P { whenever E by id\n step s { then C { id }\n until F within 1h }\n finally D { id } }",
            ),
            (
                "S0703",
                "policy P { whenever E and F within 2h by id\n then C { id }\n retry 3 times then skip }",
            ),
            ("S0704", "policy P { whenever E\n after 24h\n then C { id }\n retry 3 times then skip }"),
            ("S0705", "view V key id: uuid { n: u32\n on E { n: 1 } }"),
            ("S0706", "event H v2 on G { id }\n command MakeH on G -> H { id }"),
        ] {
            let found = refused(&with(inside));
            assert!(found.contains(&code), "{code}: {inside}: {found:?}");
        }
        for ends in ["", "retry 3 times then park", "retry 3 times then skip"] {
            let policy = format!("policy P {{ whenever E\n then D {{ id }}\n {ends} }}");
            assert_eq!(refused(&with(&policy)), [""; 0], "{ends}");
        }
    }

    #[test]
    fn names_that_meet_are_refused() {
        assert_eq!(refused(&with("type Decimal { x: u32 }")), ["S0710"]);
        assert_eq!(refused(&with("type T { orderId: u32\n order_id: u32 }")), ["S0711"]);
        assert_eq!(refused(&with("enum Status { in_transit, inTransit }")), ["S0711"]);
        assert_eq!(refused(&with("").replace("context A", "context Proto")), ["S0710"]);
    }

    #[test]
    fn other_sources_and_streams_are_refused() {
        let outbox = format!("{}\nsource records: outbox {{ }}", with(""));
        assert_eq!(refused(&outbox), ["S0708"]);
        let routed = format!("{}\nstream A.large {{ of E }}", with(""));
        assert_eq!(refused(&routed), ["S0709"]);
    }

    #[test]
    fn an_outbox_in_one_of_two_databases_is_refused() {
        let two = format!(
            "{}\nsource one: mysql {{ schema \"schema.sql\"\n tables t }}\nsource two: mysql {{ schema \"schema.sql\"\n tables t }}",
            with("")
        );
        let found = generated_beside(&two, "CREATE TABLE t (id INT PRIMARY KEY);", None).unwrap_err();
        assert_eq!(found.iter().map(|it| it.rule.code).collect::<Vec<_>>(), ["S0712"]);
    }
}
