//! The operator's commands on topics: on the embedded broker, and on the Kafka that `STORM_KAFKA` names.

mod bed;
mod letters;
mod strange;
mod tail;
mod topics;
