//! The rules that only whoever reads disks can check, and the list of all rules for `stormc explain`.

use storm_dsl::diagnostic::Rule;

/// The file is not UTF-8.
pub(crate) static NOT_UTF8: Rule = Rule {
    code: "S0811",
    title: "a model is UTF-8 text",
    explain: "A `.storm` file, and the DDL beside it, is read as UTF-8. Save the file again in that encoding; `iconv -f latin1 -t utf8` helps with old ones.",
};

/// No `.storm` file.
pub(crate) static NO_MODEL: Rule = Rule {
    code: "S0812",
    title: "a model is a folder with `.storm` files",
    explain: "All `.storm` files under a folder make one model. `stormc new NAME` writes a first one; `stormc check FOLDER` names the folder.",
};

/// A file of a person's stands where a generated one belongs.
pub(crate) static IN_THE_WAY: Rule = Rule {
    code: "S0813",
    title: "a file without the mark of `stormc` is never overwritten",
    explain: "Generated files carry a mark in their first lines, or stand in `.stormc-files`. A file that does neither is somebody's work: \
        nothing at all is written. Move it away, or generate into another folder with `--out`.",
};

/// storm.toml is wrong.
pub(crate) static BAD_SETTINGS: Rule = Rule {
    code: "S0814",
    title: "`storm.toml` holds what the flags would say",
    explain: "Its keys are `name`, `out`, and under `[runtime]` one of `vendor = true`, `path`, `version`, or `git` with `rev`.\n\n\
        ```toml\nname = \"shop\"\nout = \"service\"\n\n[runtime]\nvendor = true\n```",
};

/// `stormc new` where something is.
pub(crate) static ALREADY_THERE: Rule = Rule {
    code: "S0815",
    title: "`stormc new` writes into a folder that is not there yet",
    explain: "Choose another name, or remove the folder: `stormc new` never touches what exists.",
};

/// Generated output is not what the model says.
pub(crate) static NOT_CURRENT: Rule = Rule {
    code: "S0816",
    title: "the generated files are what the model says",
    explain: "`stormc generate --check` writes nothing and fails when a generated file is missing, stale or different. Run `stormc generate` and commit what it writes.",
};

/// A name that cannot be a system's.
pub(crate) static BAD_NAME: Rule = Rule {
    code: "S0817",
    title: "a system's name is a lower-case word",
    explain: "It becomes a proto package and part of crate names: a letter, then letters, digits and `-`, for example `web-shop`.",
};

/// A person's manifest does not fit what is generated beside it.
pub(crate) static UNFIT_MANIFEST: Rule = Rule {
    code: "S0818",
    title: "a service's `Cargo.toml` is yours, and holds what the generated code needs",
    explain: "It is written once, so that handlers may use crates of their own. What the generated code beside it needs must stay in it: the names of the package \
        and the library, and each dependency. The message names the line to write; nothing is generated before it is there.",
};

/// A service would go while its handlers stay.
pub(crate) static NO_SERVICE_ANY_MORE: Rule = Rule {
    code: "S0819",
    title: "a service does not go from under its handlers",
    explain: "A context that was at service depth is so no longer: it was renamed, taken out, or something new in it has no type or no entrance yet. \
        Its generated code would go, and the handlers that a person wrote would build no more. `stormc check` says how deep each context is and what is \
        missing for the next depth. If the service is to go, delete its folder and generate again.",
};

/// No broker answers.
pub(crate) static NO_BROKER: Rule = Rule {
    code: "S0821",
    title: "a Kafka broker answers at `--brokers`",
    explain: "`--brokers HOST:PORT` or `STORM_KAFKA__BROKERS` says where Kafka is, as for a service. What the cluster wants beside that is \
        a client setting (this build knows SASL PLAIN, and no TLS): `--set security.protocol=sasl_plaintext`, or a file of `name=value` lines with `--kafka-config FILE`, where passwords belong.",
};

/// No such topic.
pub(crate) static NO_TOPIC: Rule = Rule {
    code: "S0822",
    title: "a topic that is read is there",
    explain: "The cluster has no topic of that name, or this client may not see it. `stormc plan` shows which of the model's topics are absent, \
        `stormc apply` makes them; a service makes its own when it starts.",
};

/// A client setting is none.
pub(crate) static BAD_CLIENT_SETTING: Rule = Rule {
    code: "S0823",
    title: "a client setting is one that the Kafka client knows",
    explain: "`--set name=value` and the lines of `--kafka-config FILE` are settings of librdkafka, for example `security.protocol=sasl_plaintext`, \
        `sasl.mechanism=PLAIN`, `sasl.username=…`; this build knows no other mechanism, and no TLS. In the file, empty lines and lines that start with `#` are passed over.",
};

/// No descriptor set.
pub(crate) static NO_DESCRIPTORS: Rule = Rule {
    code: "S0824",
    title: "a body is read with the descriptor set that `stormc generate` writes",
    explain: "It is `proto/descriptors.binpb` in the output folder. Without `--descriptors FILE` it is looked for in the output folder of the model in the \
        current folder (or of `--model DIR`), then in `proto/` here.",
};

/// No such dead letter.
pub(crate) static NO_LETTER: Rule = Rule {
    code: "S0825",
    title: "a dead letter is named by its place or by its message's id",
    explain: "`stormc dlq list` shows the places: `ordering_dead/0:17` is offset 17 of partition 0. The topic may be left out where there is one alone. \
        Letters expire with their topic's retention; what was redriven is shown with `--all`.",
};

/// Nobody to ask.
pub(crate) static NOT_ASKED: Rule = Rule {
    code: "S0826",
    title: "a change of a cluster is asked for",
    explain: "`stormc apply` and `stormc dlq redrive` ask before they change anything. Where no terminal is there to ask, they do nothing unless `--yes` is said; \
        `stormc plan` and `--dry-run` show what would be done.",
};

/// Something that is not altered.
pub(crate) static NOT_ALTERED: Rule = Rule {
    code: "S0827",
    title: "`stormc apply` alters what can be altered safely",
    explain: "It creates topics and sets their settings. More partitions move keys to other partitions, and an aggregate's order is lost: stop the writers, let every reader \
        come to the end (lag 0), then say `--after-drain`. Fewer partitions are impossible: a new topic is needed. Replicas are moved with Kafka's own \
        `kafka-reassign-partitions`.",
};

/// The cluster refuses.
pub(crate) static REFUSED: Rule = Rule {
    code: "S0828",
    title: "the cluster does what this client may ask of it",
    explain: "A broker answered, and refused or failed. Most often the client's user lacks a right: reading needs Read and Describe on the topic, `apply` needs Create, Alter and \
        AlterConfigs, `redrive` needs Write on the topics and on the transactional id `<topic>.redrive`.",
};

/// Another redrive took over.
pub(crate) static TAKEN_OVER: Rule = Rule {
    code: "S0829",
    title: "one redrive at a time works on a topic of dead letters",
    explain: "A second one that starts takes over: the first stops, and what it had sent stays sent. No letter goes twice, because each is marked in the same \
        transaction that sends it; run it again for what is left.",
};

/// An open transaction holds the topic back.
pub(crate) static HELD_BACK: Rule = Rule {
    code: "S0830",
    title: "a topic of dead letters can be read to its end",
    explain: "A transaction that someone left open hides what was written after it, so that nobody can say which letters were redriven already. The broker ends such a \
        transaction by itself, a service's after 10 s; if it lasts, look for a producer that hangs.",
};

/// Something cannot be read.
pub(crate) static UNREADABLE: Rule = Rule {
    code: "S0831",
    title: "what a command reads is there, and may be read",
    explain: "The message names the path as `stormc` looked for it, from the current folder, and what the system said. A model is a folder or a `.storm` file; \
        beside it `storm.toml` and `storm.lock` are read, and with a cluster the file of `--kafka-config` and the descriptor set. Nothing is written \
        when something cannot be read.",
};

/// Something cannot be written.
pub(crate) static UNWRITABLE: Rule = Rule {
    code: "S0832",
    title: "what a command writes has room, and may be written",
    explain: "The message names the path and what the system said: who may write there, whether the disk is full, whether a file stands where a folder is needed. \
        Each file is written beside its place and renamed into it, so that none is left half-written; once the cause is gone, run the command again. \
        rustfmt is given its files in the system's temporary folder (`TMPDIR`).",
};

/// Nothing is known of a code.
pub(crate) static UNKNOWN_CODE: Rule = Rule {
    code: "S0833",
    title: "what is explained is a code of a report or a log, or an alert",
    explain: "Codes of the compiler begin with `S` and have four digits (`S0201`), those of a running service look like `K-105`, alerts like `StormDeadLetters`. \
        Upper and lower case are one. `stormc explain` alone lists them all.",
};

/// A fault of ours.
pub(crate) static NOT_RUST: Rule = Rule {
    code: "S0834",
    title: "what is generated is Rust",
    explain: "rustfmt could not read what `stormc` generated: this is a fault of `stormc`, and nothing was written. Please report it with the model and what rustfmt said. \
        A `rustfmt` on the `PATH` that is older than the edition 2024 says the same: `rustfmt --version` shows it.",
};

/// Not even a thread.
pub(crate) static NO_THREAD: Rule = Rule {
    code: "S0835",
    title: "a client of Kafka has what it needs of the system",
    explain: "The system would not give a thread or a file handle. `ulimit -u` and `ulimit -n` show this user's limits; in a container the limit on processes counts threads.",
};

static OWN: &[&Rule] = &[
    &NOT_UTF8,
    &NO_MODEL,
    &IN_THE_WAY,
    &BAD_SETTINGS,
    &ALREADY_THERE,
    &NOT_CURRENT,
    &BAD_NAME,
    &UNFIT_MANIFEST,
    &NO_SERVICE_ANY_MORE,
    &NO_BROKER,
    &NO_TOPIC,
    &BAD_CLIENT_SETTING,
    &NO_DESCRIPTORS,
    &NO_LETTER,
    &NOT_ASKED,
    &NOT_ALTERED,
    &REFUSED,
    &TAKEN_OVER,
    &HELD_BACK,
    &UNREADABLE,
    &UNWRITABLE,
    &UNKNOWN_CODE,
    &NOT_RUST,
    &NO_THREAD,
];

/// Every rule there is, by code.
pub(crate) fn all() -> Vec<&'static Rule> {
    let mut all: Vec<_> =
        storm_dsl::rules().chain(storm_codegen::rules()).chain(OWN.iter().copied()).collect();
    all.sort_by_key(|rule| rule.code);
    all
}

#[cfg(test)]
mod tests {
    /// A command ends early under a rule, whatever the reason; so that what it says is explained, each rule is listed.
    #[test]
    fn every_rule_of_the_command_line_is_listed() {
        let declared: Vec<_> = include_str!("rules.rs")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("code: \"")?.strip_suffix("\","))
            .collect();
        assert!(declared.len() > 20, "{declared:?}");
        let listed: Vec<_> = super::OWN.iter().map(|rule| rule.code).collect();
        assert_eq!(declared, listed);
    }

    #[test]
    fn codes_are_unique_and_explained() {
        let all = super::all();
        for pair in all.windows(2) {
            assert_ne!(pair[0].code, pair[1].code, "two rules share a code");
        }
        for rule in all {
            assert!(rule.explain.len() > 40, "{} is not explained", rule.code);
            assert!(!rule.title.ends_with('.'), "{}: a title has no full stop", rule.code);
        }
    }
}
