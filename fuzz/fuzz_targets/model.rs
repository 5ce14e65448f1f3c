//! `.storm` text and DDL.
#![no_main]

use storm_fuzz as _;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stormc::fuzzed::model(bytes));
