#![expect(unsafe_code, reason = "jemalloc reads its settings from a symbol of this name")]
//! Memory of a service: jemalloc, for Rust and the Kafka client's C alike. A record is made on one thread and freed on
//! another one, some dozen pieces each: of the cost of a record it takes a tenth to a third off (docs/speed.md).
//! It must not know: anything else.

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What holds on Linux unless the environment's `MALLOC_CONF` says otherwise. Two arenas: by itself it makes four for each core, and
/// each keeps what it has freed. That goes back to the system after a tenth of a second, instead of ten.
#[used]
// SAFETY: jemalloc declares `const char *malloc_conf`: a pointer to bytes that end with zero, read once.
#[unsafe(export_name = "malloc_conf")]
static SETTINGS: &[u8; 46] = b"narenas:2,dirty_decay_ms:100,muzzy_decay_ms:0\0";
