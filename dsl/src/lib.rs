//! The `.storm` language: from text to a proven model and its flow graph. Pure: no file, clock, environment or network.

pub mod diagnostic;
pub mod graph;
pub mod model;
pub mod source;
pub mod suggest;
pub mod syntax;
