//! The whole way from a proven model to files, on one screen: refuse, settle, plan, render.

use storm_dsl::Valid;
use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{ContextId, Depth, Model};

use storm_dsl::source::SourceSet;

use crate::artifact::{self, Ground};
use crate::contract::{self, Contract, extents};
use crate::files::FileSet;
use crate::lock::{self, Lock};
use crate::project::Project;
use crate::refuse;
use crate::topics::TopicPlan;

/// What `generate` yields.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Every file, in the order of the paths.
    pub files: FileSet,
    /// The text of `storm.lock` as it must be from now on.
    pub lock_text: String,
    /// What a person should know: contexts for which nothing is written yet, pins that hold.
    pub notes: Vec<String>,
}

/// Makes every file of a model. `lock` is the text of `storm.lock`, if there is one.
///
/// # Errors
/// What cannot run yet, each with its place; what the lock forbids; a lock that cannot be read.
pub fn generate(
    model: &Valid<Model>,
    sources: &SourceSet,
    project: &Project,
    lock: Option<&str>,
) -> Result<Generated, Vec<Diagnostic>> {
    let mut notes = depth_notes(model);
    let (contract, lock) = settle(model, sources, project, lock, &mut notes)?;
    let ground = Ground::new(contract);
    Ok(Generated { files: artifact::render(&ground), lock_text: lock.text(), notes })
}

/// The topics that a model wants, those of a context together, under the names and numbers that `lock` pins.
///
/// # Errors
/// As [`generate`]'s: topics that no service of the model can have are not planned.
pub fn topics(
    model: &Valid<Model>,
    sources: &SourceSet,
    project: &Project,
    lock: Option<&str>,
) -> Result<Vec<TopicPlan>, Vec<Diagnostic>> {
    let (contract, _) = settle(model, sources, project, lock, &mut Vec::new())?;
    Ok(contract.contexts.into_iter().flat_map(|context| context.topics).collect())
}

fn settle<'m>(
    model: &'m Valid<Model>,
    sources: &'m SourceSet,
    project: &'m Project,
    lock: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<(Contract<'m>, Lock), Vec<Diagnostic>> {
    let mut lock = Lock::parse(lock).map_err(|wrong| vec![wrong])?;
    let refused = refuse::check(model);
    if !refused.is_empty() {
        return Err(refused);
    }
    let contract = contract::settle(model, sources, project, &mut lock, notes)?;
    Ok((contract, lock))
}

/// Every rule of this crate, for `stormc explain`.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    lock::RULES.iter().chain(refuse::RULES).copied()
}

fn depth_notes(model: &Model) -> Vec<String> {
    let extents = extents(model);
    let note = |(index, context): (usize, &storm_dsl::model::Context)| {
        let name = &context.head.name;
        let lent = extents.contains_key(&ContextId(index as u32));
        match context.depth {
            Depth::BigPicture | Depth::Process if lent => {
                Some(format!("only the types of `{name}` are written: other contexts use them"))
            }
            Depth::BigPicture => {
                Some(format!("`{name}` is at big-picture depth: nothing is written for it yet"))
            }
            Depth::Process => Some(format!("`{name}` is at process depth: nothing is written for it yet")),
            Depth::Contract => {
                Some(format!("`{name}` is at contract depth: protos and topics, no service yet"))
            }
            Depth::Service => None,
        }
    };
    model.contexts.iter().enumerate().filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use crate::files::{Ownership, is_marked};
    use crate::testing::{file, generated, generated_beside};

    const SHOP: &str = "context Ordering {\n aggregate Order key order_id: uuid\n\
        actor Customer\n command PlaceOrder by Customer on Order -> OrderPlaced { order_id, note: string? }\n\
        event OrderPlaced on Order { order_id, note: string?, total: decimal(12, 2) }\n}";

    #[test]
    fn the_same_model_gives_the_same_bytes() {
        let (one, other) = (generated(SHOP).unwrap(), generated(SHOP).unwrap());
        assert_eq!(one.files, other.files);
        assert_eq!(one.lock_text, other.lock_text);
    }

    #[test]
    fn every_generated_file_carries_the_mark_and_no_person_s_file_does() {
        let generated = generated(SHOP).unwrap();
        assert!(generated.files.len() > 20);
        for file in generated.files.iter() {
            let marked = is_marked(&file.path, &file.contents);
            assert_eq!(marked, file.ownership == Ownership::Generated, "{}", file.path);
        }
    }

    #[test]
    fn a_reorder_changes_no_number_and_a_removed_field_is_reserved() {
        let first = generated(SHOP).unwrap();
        let moved =
            SHOP.replace("note: string?, total: decimal(12, 2)", "total: decimal(12, 2), note: string?");
        let second = generated_beside(&moved, "", Some(&first.lock_text)).unwrap();
        let path = "proto/shop/ordering/v1/events.proto";
        assert_eq!((&first.lock_text, file(&first, path)), (&second.lock_text, file(&second, path)));
        let less = SHOP.replace("note: string?, total", "total");
        let third = generated_beside(&less, "", Some(&second.lock_text)).unwrap();
        let proto = file(&third, path);
        assert!(proto.contains("  reserved 2;\n  reserved \"note\";\n"), "{proto}");
        assert!(proto.contains("string total = 3;"), "{proto}");
    }

    #[test]
    fn a_new_field_that_old_messages_lack_is_noted() {
        let first = generated(SHOP).unwrap();
        let more = SHOP.replace("total: decimal(12, 2)", "total: decimal(12, 2), count: u32");
        let second = generated_beside(&more, "", Some(&first.lock_text)).unwrap();
        assert!(
            second.notes.iter().any(|note| note.contains("`OrderPlaced.count` is new")),
            "{:?}",
            second.notes
        );
    }

    #[test]
    fn a_changed_type_and_a_damaged_lock_are_refused() {
        let first = generated(SHOP).unwrap();
        let other = SHOP.replace("total: decimal(12, 2)", "total: i64");
        let found = generated_beside(&other, "", Some(&first.lock_text)).unwrap_err();
        assert_eq!(found.iter().map(|it| it.rule.code).collect::<Vec<_>>(), ["S0682"]);
        let found = generated_beside(SHOP, "", Some("<<<<<<< HEAD")).unwrap_err();
        assert_eq!(found[0].rule.code, "S0680");
    }

    #[test]
    fn a_shallow_context_is_noted_and_nothing_is_written_for_it() {
        let generated = generated("context Later { event SomethingHappened }").unwrap();
        assert!(generated.files.is_empty());
        assert_eq!(generated.notes, ["`Later` is at big-picture depth: nothing is written for it yet"]);
    }

    #[test]
    fn types_that_other_contexts_use_are_written_and_no_more() {
        let text = format!(
            "context Common {{ type Money {{ amount: decimal(12, 2), in: Currency }}\n enum Currency {{ eur, usd }}\n event Later }}\n{}",
            SHOP.replace("total: decimal(12, 2)", "total: Common.Money")
        );
        let generated = generated(&text).unwrap();
        assert_eq!(generated.notes[0], "only the types of `Common` are written: other contexts use them");
        assert!(generated.files.get("proto/shop/common/v1/events.proto").is_none());
        assert!(file(&generated, "proto/shop/common/v1/types.proto").contains("message Money"));
        let events = file(&generated, "proto/shop/ordering/v1/events.proto");
        assert!(events.contains("  shop.common.v1.Money total = 3;"), "{events}");
        assert!(events.contains("import \"shop/common/v1/types.proto\";"), "{events}");
        let events = file(&generated, "shop-events/src/ordering/events.rs");
        assert!(events.contains("use crate::common;") && events.contains("total: common::Money"), "{events}");
    }

    #[test]
    fn every_rule_has_a_code_of_its_own_and_explains_itself() {
        let mut codes: Vec<&str> = crate::rules().map(|rule| rule.code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(crate::rules().all(|rule| rule.explain.len() > 80));
    }
}
