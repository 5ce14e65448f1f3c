//! Between protobuf's types and the model's: those of public messages, and the change of a row.
//! It must not know: any message in particular. Generated code calls these, one a field.

pub use storm_contract::wire::*;

use crate::Refusal;
use crate::change::{Change, Op};

/// A change from the three fields that every raw message has. `convert` turns the wire's row into the model's.
///
/// # Errors
/// The operation is unknown, an image that it needs is missing, or a value does not convert.
pub fn change<W, R: TryFrom<W, Error = Refusal>>(
    op: i32,
    before: Option<W>,
    after: Option<W>,
) -> Result<Change<R>, Refusal> {
    let op = match op {
        1 => Op::Inserted,
        2 => Op::Updated,
        3 => Op::Deleted,
        0 => return Err(Refusal::unspecified("op")),
        _ => return Err(Refusal::unknown_number("op")),
    };
    if op != Op::Inserted && before.is_none() {
        return Err(Refusal::missing("before"));
    }
    if op != Op::Deleted && after.is_none() {
        return Err(Refusal::missing("after"));
    }
    let image = |row: Option<W>, name| row.map(R::try_from).transpose().map_err(|r| r.within(name));
    Ok(Change { op, before: image(before, "before")?, after: image(after, "after")? })
}
