//! What the targets share: the memory that an input may have.

use std::alloc::System;

use cap::Cap;

/// So much in all, 512 MiB: more than anything that the targets do with a few kilobytes, and far less than what a count that
/// is believed makes room for.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 512 << 20);
