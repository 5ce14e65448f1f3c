//! What a client sends to the embedded broker.
#![no_main]

use storm_fuzz as _;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| storm_broker::fuzzed::frames(bytes));
