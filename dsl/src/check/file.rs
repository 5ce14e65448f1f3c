//! Rules about files, as far as their text tells.

pub mod empty;
pub mod no_declarations;
pub mod too_large;
