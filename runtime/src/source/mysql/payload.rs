//! MySQL's compressed transaction: one event that holds all of a transaction's events.
//! It must not know: what those events say.

use std::io::Read;

use mysql_async::binlog::TransactionPayloadCompressionType as Compression;
use mysql_async::binlog::events::TransactionPayloadEvent;

use super::bytes::{Bytes, Malformed};

/// The most that a payload may unpack to: the servers' largest packet.
const MAX_UNPACKED: u64 = 1 << 30;

/// Unpacks a payload: whole events, one after the other, without checksums.
///
/// # Errors
/// It ends early, is compressed in an unknown way, or unpacks to more or less than it says.
pub(in crate::source) fn unpack(body: &[u8]) -> Result<Vec<u8>, Malformed> {
    const WHAT: &str = "transaction payload";
    let mut bytes = Bytes(body);
    let (mut size, mut kind, mut unpacked) = (None, None, None);
    loop {
        let field = bytes.lenenc(WHAT)?;
        if field == 0 {
            break;
        }
        let mut value = Bytes(bytes.lenenc_bytes(WHAT)?);
        match field {
            1 => size = Some(value.length(WHAT)?),
            2 => kind = Some(value.lenenc(WHAT)?),
            3 => unpacked = Some(value.lenenc(WHAT)?),
            _ => {}
        }
    }
    let packed = bytes.take(size.ok_or(Malformed(WHAT))?, WHAT)?;
    match kind {
        Some(255) => Ok(packed.to_vec()),
        Some(0) => {
            let length = unpacked.filter(|length| *length <= MAX_UNPACKED).ok_or(Malformed(WHAT))?;
            let event = TransactionPayloadEvent::new(packed.len() as u64, Compression::ZSTD, length, packed);
            let mut events = Vec::new();
            let reader = event.decompressed().map_err(|_| Malformed(WHAT))?;
            reader.take(length + 1).read_to_end(&mut events).map_err(|_| Malformed(WHAT))?;
            if events.len() as u64 == length { Ok(events) } else { Err(Malformed(WHAT)) }
        }
        _ => Err(Malformed(WHAT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uncompressed_payload_is_taken_as_it_is() {
        assert_eq!(unpack(&[1, 1, 2, 2, 3, 0xfc, 255, 0, 0, 7, 8]), Ok(vec![7, 8]));
    }

    #[test]
    fn damage_is_refused() {
        assert!(unpack(&[1, 1, 2, 2, 1, 0, 3, 1, 9, 0, 7, 8]).is_err(), "no zstd");
        assert!(unpack(&[1, 1, 9, 2, 3, 0xfc, 255, 0, 0, 7, 8]).is_err(), "shorter than it says");
        assert!(unpack(&[1, 1, 2, 2, 1, 5, 0, 7, 8]).is_err(), "an unknown compression");
        assert!(unpack(&[]).is_err());
    }
}
