//! Requests at the HTTP door.
#![no_main]

use storm_fuzz as _;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| storm_runtime::testing::fuzzed::door(bytes));
