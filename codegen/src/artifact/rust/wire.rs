//! `wire.rs`: what prost-build makes of messages, in memory.

use std::collections::BTreeSet;

use prost_build::Module;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FileDescriptorProto};

use crate::artifact::Ground;
use crate::contract::Context;
use crate::names;

/// The wire types of these messages: a module a context.
pub(super) fn modules(ground: &Ground<'_>, wanted: &[(&Context, BTreeSet<String>)]) -> String {
    let files = wanted.iter().map(|(context, messages)| {
        (Module::from_protobuf_package_name(&context.slug), merged(ground, context, messages))
    });
    // prost-build looks into the well-known types, though it writes none of them.
    let known = ground.descriptors.set.file.iter().filter(|file| file.package() == "google.protobuf");
    let known = known.map(|file| (Module::from_protobuf_package_name(file.package()), file.clone()));
    let mut config = prost_build::Config::new();
    config.btree_map(["."]).disable_comments(["."]);
    let mut generated = config
        .generate(known.chain(files).collect())
        .unwrap_or_else(|error| panic!("prost-build takes the descriptors that protox made: {error}"));
    let mut out = String::new();
    for (context, _) in wanted {
        let text = generated.remove(&Module::from_protobuf_package_name(&context.slug)).unwrap_or_default();
        if text.is_empty() {
            continue;
        }
        out.push_str(&format!("\npub mod {} {{\n", names::rust(&context.slug)));
        for line in plain(&text).lines().filter(|line| !line.starts_with("// This file is @generated")) {
            match line {
                "" => out.push('\n'),
                line => out.push_str(&format!("    {line}\n")),
            }
        }
        out.push_str("}\n");
    }
    out
}

/// prost-build spells out every path, as it cannot know what is in scope; here everything is.
fn plain(text: &str) -> String {
    text.replace("::prost::alloc::string::String", "String")
        .replace("::prost::alloc::vec::Vec", "Vec")
        .replace("::prost::alloc::collections::BTreeMap", "std::collections::BTreeMap")
        .replace("::core::option::Option", "Option")
        .replace("::prost::Message)]", "prost::Message)]")
        .replace("::prost_types::", "prost_types::")
}

/// A context's files as one, in a package that is just its slug, with these messages only. Enums travel as numbers:
/// the model's own enums give them names.
fn merged(ground: &Ground<'_>, context: &Context, messages: &BTreeSet<String>) -> FileDescriptorProto {
    let files = ground.descriptors.set.file.iter().filter(|file| file.package() == context.package);
    let mut found: Vec<DescriptorProto> = files.flat_map(|file| file.message_type.clone()).collect();
    found.retain(|message| messages.contains(message.name()));
    for message in &mut found {
        message.options = None;
        let nested = message.nested_type.iter_mut().flat_map(|nested| nested.field.iter_mut());
        for field in message.field.iter_mut().chain(nested) {
            field.options = None;
            if field.r#type() == Type::Enum {
                field.set_type(Type::Int32);
                field.type_name = None;
            }
            if let Some(name) = &mut field.type_name {
                *name = shortened(ground, name);
            }
        }
    }
    FileDescriptorProto {
        name: Some(format!("{}.proto", context.slug)),
        package: Some(context.slug.clone()),
        message_type: found,
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    }
}

/// `.shop.ordering.v1.OrderLine` is `.ordering.OrderLine`.
fn shortened(ground: &Ground<'_>, name: &str) -> String {
    for context in &ground.contract.contexts {
        if let Some(rest) = name.strip_prefix(&format!(".{}.", context.package)) {
            return format!(".{}.{rest}", context.slug);
        }
    }
    name.to_owned()
}
