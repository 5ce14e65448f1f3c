//! The binary log of a database.
#![no_main]

use storm_fuzz as _;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| storm_runtime::testing::fuzzed::binlog(bytes));
