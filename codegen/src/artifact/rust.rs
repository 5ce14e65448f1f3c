//! The Rust service: a crate a context that has reached service depth, in one workspace.

mod codec;
mod demo;
mod docs;
mod doors;
mod expr;
mod externals;
mod items;
mod json;
mod manifest;
mod model;
mod parts;
mod person;
mod policies;
mod public;
mod service;
mod spec;
mod spell;
mod translate;
mod used;
mod uses;
mod webhooks;
mod wire;

pub(super) use demo::Demo;
pub(super) use manifest::Manifests;
pub(super) use model::ServiceModel;
pub(super) use person::PersonFiles;
pub(super) use policies::policies_of;
pub(super) use public::PublicTypes;
pub(super) use webhooks::{Called, called as webhooks_of};
