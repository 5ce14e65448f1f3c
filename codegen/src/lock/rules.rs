//! What can be wrong with a lock, or with a model beside its lock.

use storm_dsl::diagnostic::Rule;

/// The lock's text.
pub(crate) static UNREADABLE: Rule = Rule {
    code: "S0680",
    title: "`storm.lock` cannot be read",
    explain: "`storm.lock` pins field numbers, enum numbers, topic names and partition counts. It is written by \
`stormc generate` and committed beside the model.\n\nA merge may have left `<<<<<<<` lines in it: keep the lines of both \
sides, give a number that both sides used to one of them only, and run `stormc generate` again. A number that has been \
published must stay as it is.",
};

/// Two names with one number.
pub(crate) static NUMBER_TWICE: Rule = Rule {
    code: "S0681",
    title: "`storm.lock` gives one number to two names",
    explain: "Two branches may each have added a field and been given the same number. Keep the one that has been \
published, delete the other's line, and run `stormc generate`: it gets a new number.",
};

/// A field with another type.
pub(crate) static TYPE_CHANGED: Rule = Rule {
    code: "S0682",
    title: "a published field's type may not change",
    explain: "Messages that were published with the old type would be misread.\n\n```storm\nevent OrderPlaced on Order { \
order_id, total: i64 }          // was: total: decimal(12, 2)\n```\n\nGive the new field a new name and mark the old one \
`@deprecated`, or remove it:\n\n```storm\nevent OrderPlaced on Order { order_id, total_cents: i64 }\n```\n\nIf nothing has \
been published yet, delete the field's line from `storm.lock`.",
};

/// `renamed from` something that is still there.
pub(crate) static STILL_THERE: Rule = Rule {
    code: "S0683",
    title: "`renamed from` names a field that is still there",
    explain: "`total renamed from amount` gives `amount`'s number to `total`; so `amount` cannot stay. Remove it, or give \
the new field a number of its own by leaving out `renamed from`.",
};

/// A topic with another name.
pub(crate) static TOPIC_RENAMED: Rule = Rule {
    code: "S0684",
    title: "a topic's name is pinned by `storm.lock`",
    explain: "Records and readers' positions stay behind in the old topic. Keep the name, or move the readers first, then \
delete the topic's lines from `storm.lock`.",
};

/// A topic with another number of partitions.
pub(crate) static PARTITIONS_CHANGED: Rule = Rule {
    code: "S0685",
    title: "the partitions of a keyed topic are pinned by `storm.lock`",
    explain: "With another number of partitions a key moves to another partition, and its events are no longer in order. \
Stop the writers, let every reader reach the end, then delete the topic's lines from `storm.lock` and create it anew.",
};

/// The lock's rules.
pub static RULES: &[&Rule] =
    &[&UNREADABLE, &NUMBER_TWICE, &TYPE_CHANGED, &STILL_THERE, &TOPIC_RENAMED, &PARTITIONS_CHANGED];
