//! Two contexts written by hand as `stormc generate` would write them, for the service suite: it holds the shapes that
//! generated code relies on. Orders are charged by billing; what billing answers is noted on the order.

pub mod handlers;
pub mod messages;
pub mod service;
