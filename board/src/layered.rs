//! Drawing from left to right: items in columns, links only between neighbouring columns through slots reserved for them.
//! The way of Sugiyama, in five steps, each a function: break cycles, rank, untangle, place, trace. It must not know what
//! an item is: a sticky, a box of a context, or a door in such a box's wall.

pub(crate) mod cycle;
pub(crate) mod fold;
pub(crate) mod mesh;
pub(crate) mod order;
pub(crate) mod place;
pub(crate) mod rank;
pub(crate) mod stack;
mod straighten;
pub(crate) mod trace;

pub(crate) use fold::cuts;
pub(crate) use mesh::{Item, Link, Mesh};
pub(crate) use stack::{Sheet, Style, stack};
