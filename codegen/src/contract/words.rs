//! A type in the lock's words: what must not change for published bytes to be read alike.
//! Optional or not makes no difference to the bytes, so it is not among the words.

use storm_dsl::model::{Base, Model, Type};

use crate::names;
use crate::types::type_row;

/// `decimal`, `OrderLine[]`, `map<string, uuid>`
pub(crate) fn type_words(model: &Model, ty: &Type) -> String {
    let one = match &ty.base {
        Base::Enum(id) => names::type_name(&model[*id].head.name),
        Base::Record(id) => names::type_name(&model[*id].head.name),
        Base::Map(value) => format!("map<string, {}>", type_words(model, value)),
        base => type_row(base).word.to_owned(),
    };
    if ty.repeated { format!("{one}[]") } else { one }
}
