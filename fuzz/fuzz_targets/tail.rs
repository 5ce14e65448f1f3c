//! Records as an operator reads them, by the example's descriptor set.
#![no_main]

use storm_fuzz as _;

const DESCRIPTORS: &[u8] = include_bytes!("../../generated-example/proto/descriptors.binpb");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stormc::fuzzed::tail(DESCRIPTORS, bytes));
