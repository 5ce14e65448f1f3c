//! Records of a Kafka topic, as a service of the runtime's little test model reads them.
#![no_main]

use storm_fuzz as _;

#[path = "../../runtime/tests/mini/mod.rs"]
#[expect(dead_code, reason = "the model is that of other tests too")]
mod mini;

use std::sync::LazyLock;

use storm_runtime::testing::Readers;

static READERS: LazyLock<Readers> =
    LazyLock::new(|| Readers::new(mini::service::orders(mini::handlers::Handlers::default())));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| storm_runtime::testing::fuzzed::record(&READERS, bytes));
