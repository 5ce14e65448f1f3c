//! What a command that comes from outside may look like, as constants: fields, types, numbers on the wire.
//! It must not know: JSON, HTTP, or who asks.

/// A command that has a door: an actor may issue it.
#[derive(Debug)]
pub struct CommandSpec {
    /// Its name in the model and in the door's path, for example `PlaceOrder`.
    pub name: &'static str,
    /// Who may issue it, as the model says, for example `Customer`.
    pub actors: &'static [&'static str],
    /// The fields that hold the aggregate's key.
    pub key: &'static [&'static str],
    /// Its fields, in the model's order.
    pub fields: &'static [FieldSpec],
}

/// A field of a message.
#[derive(Debug)]
pub struct FieldSpec {
    /// Its name in the model.
    pub name: &'static str,
    /// Its number on the wire.
    pub number: u32,
    /// One value, perhaps none, or a list.
    pub shape: Shape,
    /// The type of a value.
    pub kind: Kind,
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One, always.
    One,
    /// One or none: `?`.
    Optional,
    /// Any number: `[]`.
    List,
}

/// The type of a value, as the language has it.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `decimal(precision, scale)`
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `string`, or `string(most)`
    String {
        /// The most characters; none for any number.
        most: Option<u32>,
    },
    /// `bytes`
    Bytes,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `duration`
    Duration,
    /// `json`
    Json,
    /// An enum: its values and their numbers on the wire.
    Enum(&'static [(&'static str, i32)]),
    /// A `type`.
    Record(&'static [FieldSpec]),
    /// `map<string, …>`
    Map(&'static Kind),
}

impl FieldSpec {
    /// A field that is always there.
    pub const fn one(name: &'static str, number: u32, kind: Kind) -> Self {
        Self { name, number, shape: Shape::One, kind }
    }

    /// A field that may be absent.
    pub const fn optional(name: &'static str, number: u32, kind: Kind) -> Self {
        Self { name, number, shape: Shape::Optional, kind }
    }

    /// A list.
    pub const fn list(name: &'static str, number: u32, kind: Kind) -> Self {
        Self { name, number, shape: Shape::List, kind }
    }
}
