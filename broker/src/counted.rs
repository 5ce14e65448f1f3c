//! A request's bytes, read once only to see that nothing in it is counted that its bytes cannot hold: the messages' decoder
//! makes room for as many entries as an array says it has, before it reads the first.
//!
//! It must not know what any request means.

use std::ops::Range;

use bytes::{Buf, Bytes, TryGetError};
use kafka_protocol::protocol::buf::ByteBuf;

/// Counts of one byte are let through: there is room for as many entries of anything.
const SMALL: u64 = 127;

/// Bytes whose numbers are cut down to one more than the bytes behind them. An entry takes a byte at least, so a count that
/// was cut ends the reading with an error; other numbers only have to be there. Of the lengths that newer messages write in
/// seven bits a byte, one that is too large is an error at once.
pub(crate) struct Counted {
    bytes: Bytes,
    /// So many bytes of a number that was looked at are not read yet.
    within: usize,
}

impl Counted {
    /// The bytes of a request.
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes, within: 0 }
    }

    /// The number that stands next in seven bits a byte, and its bytes.
    fn next(&self) -> (u64, usize) {
        let (mut number, mut length) = (0, 0);
        for (place, byte) in self.bytes.iter().take(5).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * place);
            length = place + 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        (number, length)
    }
}

impl Buf for Counted {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.within = 0;
        self.bytes.advance(count);
    }

    fn try_get_u8(&mut self) -> Result<u8, TryGetError> {
        if self.within == 0 {
            let (number, length) = self.next();
            let behind = self.bytes.remaining() - length;
            if number > SMALL && number > behind as u64 + 1 {
                let requested = usize::try_from(number).unwrap_or(usize::MAX);
                return Err(TryGetError { requested, available: behind });
            }
            self.within = length;
        }
        self.within = self.within.saturating_sub(1);
        self.bytes.try_get_u8()
    }

    fn try_get_i32(&mut self) -> Result<i32, TryGetError> {
        self.within = 0;
        let number = self.bytes.try_get_i32()?;
        let most = i32::try_from(self.bytes.remaining() + 1).unwrap_or(i32::MAX);
        Ok(number.min(most))
    }
}

impl ByteBuf for Counted {
    fn peek_bytes(&mut self, range: Range<usize>) -> Bytes {
        self.bytes.peek_bytes(range)
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        self.within = 0;
        self.bytes.get_bytes(size)
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::MetadataRequest;
    use kafka_protocol::protocol::Decodable;

    use super::*;

    fn reads(bytes: &[u8], version: i16) -> bool {
        MetadataRequest::decode(&mut Counted::new(Bytes::copy_from_slice(bytes)), version).is_ok()
    }

    #[test]
    fn what_is_counted_is_there() {
        assert!(reads(b"\0\0\0\x01\0\x01t", 1));
        assert!(!reads(b"\0\0\0\x02\0\x01t", 1));
        assert!(!reads(b"\x7f\xff\xff\xff\0\x01t", 1), "two billion topics in three bytes");
        assert!(reads(b"\x02\x02t\0\0\0\0\0", 9));
        assert!(!reads(b"\xff\xff\xff\xff\x0f\x02t\0\0\0\0\0", 9), "four billion topics");
    }

    #[test]
    fn a_long_list_that_is_there_is_read() {
        let mut bytes = b"\xad\x02".to_vec();
        bytes.extend(b"\x02t\0".repeat(300));
        bytes.extend(b"\0\0\0\0");
        assert!(reads(&bytes, 9), "three hundred topics");
    }
}
