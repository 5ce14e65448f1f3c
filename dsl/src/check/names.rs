//! Rules about names: what is declared, what is meant.

pub mod ambiguous_name;
pub mod ambiguous_value;
pub mod annotation;
pub mod declared_twice;
pub mod said_twice;
pub mod shadowed;
pub mod subject;
pub mod unknown_context;
pub mod unknown_name;
