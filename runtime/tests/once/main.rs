//! Exactly once on a real Kafka: replicas that come and go, are killed, stall and come back; brokers that die, stall, run
//! out of disk or lose a topic. Whatever happens, a `read_committed` reader sees each event once and in order of its key,
//! or a loop halts with a code.

mod bed;
mod capture;
mod churn;
mod cut;
mod faults;
mod full;
mod gaps;
mod gone;
mod hung;
mod large;
mod lost;
#[path = "../mini/mod.rs"]
mod mini;
mod publish;
mod replica;
