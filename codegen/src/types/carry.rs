//! How a value crosses between the model's Rust type and the wire's: one expression each way.
//! It must not know the message; it gets the place of the value as Rust text.

use storm_dsl::model::{Base, Type};

use super::{scale, type_row};

/// The way a type crosses. Functions are those of `storm_runtime::wire`, imported as `convert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// The same type on both sides, copied.
    Copy,
    /// The same type on both sides, cloned.
    Clone,
    /// Text on the wire: from it, to it.
    Text(&'static str, &'static str),
    /// Text on the wire with a fixed number of places: from it, to it.
    Scaled(&'static str, &'static str),
    /// A message of its own on the wire: from it, to it.
    Message(&'static str, &'static str),
    /// A number on the wire.
    Enum,
    /// A record: `From` and `TryFrom` join the two.
    Record,
    /// A map of any of the others.
    Map,
}

/// The wire's value of `place`, which is reached through a reference.
pub fn to_wire(ty: &Type, place: &str) -> String {
    let carry = type_row(&ty.base).carry;
    if let Base::Map(value) = &ty.base {
        return match type_row(&value.base).carry {
            Carry::Copy | Carry::Clone => format!("{place}.clone()"),
            _ => format!(
                "{place}.iter().map(|(key, it)| (key.clone(), {})).collect()",
                one_to(&value.base, "it", "it")
            ),
        };
    }
    match (carry, ty.repeated, ty.optional) {
        (Carry::Copy, false, _) => place.to_owned(),
        (Carry::Copy | Carry::Clone, _, _) => format!("{place}.clone()"),
        (Carry::Enum, false, false) => format!("{place} as i32"),
        (Carry::Enum, false, true) => format!("{place}.map(|it| it as i32)"),
        (Carry::Record, false, false) => format!("Some((&{place}).into())"),
        (Carry::Message(..), false, false) => {
            format!("Some({})", one_to(&ty.base, place, &format!("&{place}")))
        }
        (_, false, false) => one_to(&ty.base, place, &format!("&{place}")),
        (_, false, true) => format!("{place}.as_ref().map({})", each_to(&ty.base)),
        (_, true, _) => format!("{place}.iter().map({}).collect()", each_to(&ty.base)),
    }
}

/// The wire's value of one value: `owned` names it, `reference` is a reference to it.
fn one_to(base: &Base, owned: &str, reference: &str) -> String {
    match type_row(base).carry {
        Carry::Text(_, to) | Carry::Message(_, to) => format!("convert::{to}({reference})"),
        Carry::Scaled(_, to) => format!("convert::{to}({reference}, {})", places(base)),
        Carry::Enum => format!("*{owned} as i32"),
        Carry::Record => format!("{owned}.into()"),
        Carry::Copy | Carry::Clone | Carry::Map => format!("{owned}.clone()"),
    }
}

/// The function that makes the wire's value of a reference.
fn each_to(base: &Base) -> String {
    match type_row(base).carry {
        Carry::Text(_, to) | Carry::Message(_, to) => format!("convert::{to}"),
        Carry::Record => "Into::into".into(),
        _ => format!("|it| {}", one_to(base, "it", "it")),
    }
}

/// The model's value of `place`, which is owned; `field` is the field's name for refusals. Ends in `?` where it may fail.
pub fn from_wire(ty: &Type, field: &str, place: &str) -> String {
    if let Base::Map(value) = &ty.base {
        return match type_row(&value.base).carry {
            Carry::Copy | Carry::Clone => place.to_owned(),
            _ => format!("convert::map(\"{field}\", {place}, {})?", each_from(&value.base, "")),
        };
    }
    match (type_row(&ty.base).carry, ty.repeated, ty.optional) {
        (Carry::Copy | Carry::Clone, ..) => place.to_owned(),
        (Carry::Text(from, _), false, false) => format!("convert::{from}(\"{field}\", &{place})?"),
        (Carry::Scaled(from, _), false, false) => {
            format!("convert::{from}(\"{field}\", &{place}, {})?", places(&ty.base))
        }
        (Carry::Message(from, _), false, false) => {
            format!("convert::{from}(\"{field}\", convert::required(\"{field}\", {place})?)?")
        }
        (Carry::Enum, false, false) => format!("convert::enumeration(\"{field}\", {place})?"),
        (Carry::Record, false, false) => format!(
            "convert::required(\"{field}\", {place})?.try_into().map_err(|refusal: Refusal| refusal.within(\"{field}\"))?"
        ),
        (_, false, true) => format!("{place}.map({}).transpose()?", each_from(&ty.base, field)),
        (_, true, _) => format!("convert::list(\"{field}\", {place}, {})?", each_from(&ty.base, "")),
        (Carry::Map, false, false) => unreachable!("maps are handled above"),
    }
}

/// The function that makes the model's value of an owned one.
fn each_from(base: &Base, field: &str) -> String {
    match type_row(base).carry {
        Carry::Text(from, _) => format!("|it| convert::{from}(\"{field}\", &it)"),
        Carry::Scaled(from, _) => format!("|it| convert::{from}(\"{field}\", &it, {})", places(base)),
        Carry::Message(from, _) => format!("|it| convert::{from}(\"{field}\", it)"),
        Carry::Enum => format!("|it| convert::enumeration(\"{field}\", it)"),
        Carry::Record => "TryInto::try_into".into(),
        Carry::Copy | Carry::Clone | Carry::Map => "Ok".into(),
    }
}

/// The canonical text of a key field, from a place reached through a reference.
pub fn key_text(ty: &Type, place: &str) -> String {
    match type_row(&ty.base).carry {
        Carry::Text(_, to) => format!("convert::{to}(&{place})"),
        Carry::Scaled(_, to) => format!("convert::{to}(&{place}, {})", places(&ty.base)),
        Carry::Message("timestamp", _) => format!("convert::timestamp_text(&{place})"),
        Carry::Clone => format!("{place}.clone()"),
        _ => format!("{place}.to_string()"),
    }
}

fn places(base: &Base) -> u8 {
    scale(base).unwrap_or_else(|| panic!("only a decimal is scaled"))
}
