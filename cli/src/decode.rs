//! Any message from its bytes, its name and the descriptor set alone, as JSON. Fields that the model marks `@pii` carry
//! protobuf's own `debug_redact` in the descriptors, and are masked.
//! It must not know: how records are read, or any message in particular.

use std::path::{Path, PathBuf};

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, SerializeOptions,
};
use serde_json::Value;

use crate::kafka::Record;
use crate::project::Settings;
use crate::report::Stop;
use crate::rules;

/// What stands in place of personal data.
pub(crate) const MASK: &str = "***";
/// What bodies of ours are.
const PROTOBUF: &str = "application/protobuf";
/// Where `stormc generate` puts the set, in the output folder.
const PLACE: &str = "proto/descriptors.binpb";

/// `--descriptors` and `--model`.
#[derive(clap::Args)]
pub(crate) struct DescriptorsArgument {
    /// The descriptor set that bodies are read with [default: proto/descriptors.binpb in the model's output folder]
    #[arg(long, value_name = "FILE")]
    descriptors: Option<PathBuf>,
    /// The model whose output folder has the descriptor set [default: the current folder]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Show personal data (fields marked @pii) instead of masking it
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// Every message of a model.
pub(crate) struct Descriptors {
    pool: DescriptorPool,
}

/// A body as JSON.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) data: Value,
    /// Numbers of fields that the descriptor set does not know: the writer is newer.
    pub(crate) unknown: Vec<u32>,
    /// What was masked in it, so that it is masked elsewhere too.
    pub(crate) masked: Vec<String>,
}

impl DescriptorsArgument {
    /// Reads the set.
    ///
    /// # Errors
    /// There is none (S0824), or it cannot be read.
    pub(crate) fn read(&self) -> Result<Descriptors, Stop> {
        let path = match &self.descriptors {
            Some(path) => path.clone(),
            None => self.find()?,
        };
        let bytes = std::fs::read(&path).map_err(|error| Stop::unread(&path, &error))?;
        Descriptors::of(&bytes)
            .map_err(|why| absent(format!("`{}` is no descriptor set: {why}", path.display())))
    }

    fn find(&self) -> Result<PathBuf, Stop> {
        let model = self.model.as_deref().unwrap_or(Path::new("."));
        let generated = Settings::read(model)?.out_folder(model).join(PLACE);
        let places = [generated, model.join(PLACE)];
        match places.iter().find(|place| place.is_file()) {
            Some(place) => Ok(place.clone()),
            None => {
                let looked = places.map(|place| format!("`{}`", place.display()));
                Err(absent(format!("no descriptor set is found: looked for {}", looked.join(" and "))))
            }
        }
    }
}

fn absent(message: String) -> Stop {
    Stop::outside(
        &rules::NO_DESCRIPTORS,
        message,
        "run `stormc generate`, or name the set with `--descriptors FILE` or its model with `--model DIR`",
    )
}

impl Descriptors {
    /// # Errors
    /// The bytes are no descriptor set.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, String> {
        DescriptorPool::decode(bytes).map(|pool| Self { pool }).map_err(|error| error.to_string())
    }

    /// A record's body, as the message that its headers name.
    ///
    /// # Errors
    /// Why not, without anything of the body.
    pub(crate) fn body(&self, record: &Record, reveal: bool) -> Result<Decoded, String> {
        let body = record.body.as_deref().ok_or("it has no body")?;
        let name = record.header("ce_type").ok_or("it has no `ce_type` header")?;
        match record.header("content-type") {
            Some(other) if other != PROTOBUF => Err(format!("it is `{other}`, not `{PROTOBUF}`")),
            _ => self.decode(name, body, reveal),
        }
    }

    /// Bytes as the message of this full name.
    fn decode(&self, name: &str, body: &[u8], reveal: bool) -> Result<Decoded, String> {
        let descriptor = self
            .pool
            .get_message_by_name(name)
            .ok_or_else(|| format!("the descriptor set has no message `{name}`"))?;
        let message = DynamicMessage::decode(descriptor.clone(), body)
            .map_err(|_| format!("its {} bytes are not a `{name}`", body.len()))?;
        let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
        let mut data = message
            .serialize_with_options(serde_json::value::Serializer, &options)
            .map_err(|_| format!("a value of this `{name}` cannot be written as JSON"))?;
        let mut masked = Vec::new();
        if !reveal {
            mask(&descriptor, &mut data, &mut masked);
        }
        let unknown = message.unknown_fields().map(prost_reflect::UnknownField::number).collect();
        Ok(Decoded { data, unknown, masked })
    }
}

/// Masks the marked fields of a message's JSON, at any depth.
fn mask(descriptor: &MessageDescriptor, data: &mut Value, masked: &mut Vec<String>) {
    let Value::Object(fields) = data else { return }; // a well-known type, written as one value
    for field in descriptor.fields() {
        let Some(value) = fields.get_mut(field.name()) else { continue };
        if is_personal(&field) {
            keep(value, masked);
            *value = MASK.into();
        } else {
            within(&field, value, masked);
        }
    }
}

/// Goes on into messages, lists of them, and maps.
fn within(field: &FieldDescriptor, value: &mut Value, masked: &mut Vec<String>) {
    let Kind::Message(of) = field.kind() else { return };
    if field.is_map() {
        let of = of.map_entry_value_field();
        let entries = value.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut);
        entries.for_each(|entry| within(&of, entry, masked));
    } else if let Value::Array(all) = value {
        all.iter_mut().for_each(|one| mask(&of, one, masked));
    } else {
        mask(&of, value, masked);
    }
}

fn is_personal(field: &FieldDescriptor) -> bool {
    let options = field.options();
    options.get_field_by_name("debug_redact").is_some_and(|value| value.as_bool() == Some(true))
}

fn keep(value: &Value, masked: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => masked.push(text.clone()),
        Value::Number(number) => masked.push(number.to_string()),
        Value::Array(all) => all.iter().for_each(|one| keep(one, masked)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost_reflect::prost::Message as _;
    use serde_json::json;

    /// The committed example's: the shop has an `email` that is `@pii`.
    fn shop() -> Descriptors {
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../generated-example/proto/descriptors.binpb");
        Descriptors::of(&std::fs::read(place).unwrap()).unwrap()
    }

    fn bytes(name: &str, body: &Value) -> Vec<u8> {
        let descriptor = shop().pool.get_message_by_name(name).unwrap();
        DynamicMessage::deserialize(descriptor, body).unwrap().encode_to_vec()
    }

    #[test]
    fn personal_data_is_masked_unless_it_is_asked_for() {
        let name = "shop.ordering.v1.OrderPlaced";
        let placed =
            bytes(name, &json!({"order_id": "o-1", "email": "ada@example.org", "lines": [{"sku": "cup"}]}));
        let decoded = shop().decode(name, &placed, false).unwrap();
        assert_eq!((&decoded.data["email"], &decoded.data["order_id"]), (&json!("***"), &json!("o-1")));
        assert_eq!(decoded.data["lines"][0]["sku"], "cup");
        assert_eq!(decoded.masked, ["ada@example.org"]);
        let revealed = shop().decode(name, &placed, true).unwrap();
        assert_eq!(revealed.data["email"], "ada@example.org");
    }

    #[test]
    fn a_row_s_personal_data_is_masked_in_both_images() {
        let name = "shop.ordering.v1.OrdersChange";
        let row = json!({"id": "o-1", "email": "ada@example.org"});
        let change = bytes(name, &json!({"op": "OP_UPDATED", "before": row, "after": row}));
        let decoded = shop().decode(name, &change, false).unwrap();
        assert!(!decoded.data.to_string().contains("ada@"), "{}", decoded.data);
        assert_eq!(decoded.data["after"]["id"], "o-1");
    }

    #[test]
    fn what_cannot_be_decoded_says_why_without_its_bytes() {
        let set = shop();
        assert_eq!(set.decode("a.B", b"", false).unwrap_err(), "the descriptor set has no message `a.B`");
        let why = set.decode("shop.ordering.v1.OrderPlaced", b"\xff\xffsecret", false).unwrap_err();
        assert_eq!(why, "its 8 bytes are not a `shop.ordering.v1.OrderPlaced`");
    }

    #[test]
    fn fields_of_a_newer_writer_are_told_by_their_numbers() {
        let placed =
            [bytes("shop.ordering.v1.OrderPaid", &json!({"order_id": "o"})), vec![0xa0, 0x06, 0x01]].concat();
        let decoded = shop().decode("shop.ordering.v1.OrderPaid", &placed, false).unwrap();
        assert_eq!(decoded.unknown, [100]);
    }
}
