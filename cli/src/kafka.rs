//! The one room of `stormc` that knows the Kafka client: where the cluster is, what topics it has, records read and sent.
//! It must not know: what a record means, what a model wants.

mod admin;
mod client;
mod connection;
mod courier;
mod headers;
mod reader;
mod record;

pub(crate) use admin::{Setting, There};
pub(crate) use client::Kafka;
pub(crate) use connection::Connection;
pub(crate) use reader::{Reader, Start};
pub(crate) use record::{Draft, Record};
