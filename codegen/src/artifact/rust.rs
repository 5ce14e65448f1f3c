//! The Rust service: a crate a context that has reached service depth, in one workspace.

mod codec;
mod demo;
mod docs;
mod expr;
mod foreign;
mod items;
mod json;
mod manifest;
mod model;
mod person;
mod policies;
mod service;
mod spec;
mod spell;
mod translate;
mod uses;
mod wire;

pub(super) use demo::Demo;
pub(super) use manifest::Manifests;
pub(super) use model::ServiceModel;
pub(super) use person::PersonFiles;
