//! What a Kafka client may rely on, held against the embedded broker and, if `STORM_KAFKA` names the address of a real
//! one (`STORM_KAFKA=127.0.0.1:9092 cargo test -p storm-broker`), against that too: the same cases for both.

mod admin;
mod bed;
mod embedded;
mod groups;
mod records;
mod static_members;
mod transactional_offsets;
mod transactions;
