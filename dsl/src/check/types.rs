//! Rules about types and values: nothing is lost on the way from one field to the next.

pub mod bare_field;
pub mod enum_value;
pub mod event_unnamed;
pub mod for_each;
pub mod is_set;
pub mod lacking;
pub mod literal;
pub mod misfit;
pub mod no_fields;
pub mod operands;
pub mod recursive_type;
pub mod state_default;
pub mod type_arguments;
pub mod type_shape;
pub mod unknown_field;
pub mod unknown_type;
pub mod unset;
