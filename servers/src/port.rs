//! Free loopback ports, chosen so that a server finds its port free again when it restarts.

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;

use crate::error::{Error, Result};

/// Below the range from which the kernel takes the ports of outgoing connections: a client that
/// retries while a server is down must not be given that server's port.
const RANGE: std::ops::Range<u16> = 13_000..32_000;

/// A port on 127.0.0.1 that nobody listens on. Drawn at random, so that suites running side by side
/// do not draw the same.
pub(crate) fn free() -> Result<u16> {
    let width = u64::from(RANGE.end - RANGE.start);
    (0..200u32)
        .map(|n| RANGE.start + u16::try_from(RandomState::new().hash_one(n) % width).unwrap_or(0))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| Error::new("no free port on 127.0.0.1 in 200 tries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound_and_lies_below_the_outgoing_ones() {
        let port = free().unwrap();
        assert!(RANGE.contains(&port));
        TcpListener::bind(("127.0.0.1", port)).unwrap();
    }
}
