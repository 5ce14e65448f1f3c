//! The `.storm` language: from text to a proven model and its flow graph. Pure: no file, clock, environment or network.

pub mod diagnostic;
pub mod source;
pub mod syntax;
