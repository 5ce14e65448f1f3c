//! Every metric of a context, a line each: `Variant "name" [labels] "meaning"`. A new metric is a line here and the place
//! that counts it; `docs/metrics.md` is written from this table, and a test holds it to what a service exposes.
//! Labels hold what the model and the code know: names, stages, codes, topics, partitions. Never a row's value.
//! It must not know: who counts.

/// What is known of a metric before anything is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    /// As Prometheus shows it: with its unit, and `_total` for a counter.
    pub(crate) name: &'static str,
    /// After `context`, which all of them have.
    pub(crate) labels: &'static [&'static str],
    /// Its meaning, in one line.
    pub(crate) help: &'static str,
}

macro_rules! table {
    ($(#[$doc:meta])* $kind:ident { $($variant:ident $name:literal [$($label:literal),*] $help:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $kind { $(#[doc = $help] $variant),* }

        impl $kind {
            /// All of them, in the order of their places.
            pub(crate) const ALL: &[(Self, Spec)] =
                &[$((Self::$variant, Spec { name: $name, labels: &[$($label),*], help: $help })),*];

            pub(crate) fn spec(self) -> &'static Spec {
                &Self::ALL[self as usize].1
            }
        }
    };
}

table! {
    /// Whatever only grows.
    Count {
        StageRecords "storm_stage_records_total" ["stage"] "records that went through a stage"
        StageBytes "storm_stage_bytes_total" ["stage"] "bytes that went through a stage: keys, headers and bodies"
        Errors "storm_errors_total" ["loop"] "errors of a loop that went on; most pass by themselves"
        Retries "storm_retries_total" ["name"] "attempts after the first one, by policy or command"
        Failures "storm_failures_total" ["at", "code"] "every failure by its code, at a loop, policy or command; a series begins with its first failure"
        DeadLetters "storm_dead_letters_total" ["name"] "records given up on, by policy, command or loop"
        PassedOver "storm_passed_over_total" ["name", "reason"] "records that nobody here asks for, by policy or loop"
        Commands "storm_commands_total" ["name", "outcome"] "commands that came to an end: `done`, `already done`, `failed`"
        Scheduled "storm_scheduled_total" ["name", "outcome"] "due times of a scheduled command: issued `on_time`, `caught_up` later, or `missed` and passed by"
    }
}

table! {
    /// Whatever rises and falls.
    Level {
        Ready "storm_ready" [] "1 while all loops of the context run, else 0"
        InFlight "storm_in_flight_records" ["name"] "records that wait for a policy or command or are in its work"
    }
}

table! {
    /// Whatever is measured in seconds, as a histogram.
    Times {
        Stage "storm_stage_seconds" ["stage"] "how long a stage took; for `retrieved`, the records' age"
        RetrievalAge "storm_retrieval_age_seconds" ["name"] "age of a record when it was retrieved for a policy or command"
        Queueing "storm_queueing_seconds" ["name"] "from a record's retrieval until a policy or command begins with it"
        Handling "storm_handling_seconds" ["name"] "from the first attempt until a policy or command is done with a record, pauses between attempts included"
    }
}
