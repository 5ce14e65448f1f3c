//! The records inside a batch, read only as far as the broker needs: key, presence of a value, offset, time.
//!
//! The rest of a record stays the bytes it came as. This module must not know what a log is.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::compression::{Decompressor, Gzip, Lz4, Snappy, Zstd};

use super::batch::BatchError;

/// One record of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Its offset in the log; set by the batch.
    pub offset: i64,
    /// Its time, milliseconds since 1970; set by the batch.
    pub timestamp: i64,
    /// Its offset less its batch's.
    pub offset_delta: i32,
    /// Its time less its batch's.
    pub timestamp_delta: i64,
    /// Its key.
    pub key: Option<Bytes>,
    /// Whether it has a value; a keyed record without one is a tombstone.
    pub has_value: bool,
    body: Bytes,
}

impl Record {
    /// Appends the record as it came.
    pub fn write(&self, into: &mut BytesMut) {
        let length = u64::try_from(self.body.len()).expect("lengths fit in 64 bits");
        let mut zigzag = length << 1;
        while zigzag >= 0x80 {
            into.put_u8(u8::try_from(zigzag & 0x7f).expect("seven bits") | 0x80);
            zigzag >>= 7;
        }
        into.put_u8(u8::try_from(zigzag).expect("seven bits"));
        into.put_slice(&self.body);
    }
}

/// Reads `count` records from a batch's body, compressed as `codec` (the low bits of its attributes) says.
pub(super) fn read(codec: i16, mut body: Bytes, count: i32) -> Result<Vec<Record>, BatchError> {
    let plain = |buffer: &mut Bytes| Ok(buffer.split_off(0));
    let opened = match codec {
        0 => Ok(body),
        1 => Gzip::decompress(&mut body, plain),
        2 if !is_plausible(&body) => return Err(BatchError::Corrupt),
        2 => Snappy::decompress(&mut body, plain),
        3 => Lz4::decompress(&mut body, plain),
        4 => Zstd::decompress(&mut body, plain),
        _ => return Err(BatchError::Invalid),
    };
    let mut body = opened.map_err(|_| BatchError::Corrupt)?;
    (0..count).map(|_| read_one(&mut body).ok_or(BatchError::Corrupt)).collect()
}

/// What Snappy blocks with a length before each begin with, as Java's library writes them; without it there is one block.
const SNAPPY_BLOCKS: &[u8] = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
/// A copy of 64 bytes takes three: no block is as much as this many times longer than what it is read from.
const SNAPPY_RATIO: u64 = 32;

/// False for a body one of whose blocks is said to be longer than it can be: room is made for it before it is looked at.
fn is_plausible(body: &[u8]) -> bool {
    let fits = |block: &[u8]| said(block).is_some_and(|said| said <= SNAPPY_RATIO * block.len() as u64);
    let Some(mut rest) = body.strip_prefix(SNAPPY_BLOCKS) else { return fits(body) };
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((block, after)) = after.split_at_checked(length) else { return false };
        if !fits(block) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

/// How long a block says that it is.
fn said(block: &[u8]) -> Option<u64> {
    let mut said = 0;
    for (place, byte) in block.iter().take(5).enumerate() {
        said |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(said);
        }
    }
    None
}

fn read_one(from: &mut Bytes) -> Option<Record> {
    let length = varint(from)?;
    let body = take(from, length)?;
    let mut rest = body.clone();
    take(&mut rest, 1)?;
    let timestamp_delta = varint(&mut rest)?;
    let offset_delta = i32::try_from(varint(&mut rest)?).ok()?;
    let key = match varint(&mut rest)? {
        -1 => None,
        length => Some(take(&mut rest, length)?),
    };
    let has_value = varint(&mut rest)? >= 0;
    Some(Record { offset: 0, timestamp: 0, offset_delta, timestamp_delta, key, has_value, body })
}

fn take(from: &mut Bytes, length: i64) -> Option<Bytes> {
    let length = usize::try_from(length).ok()?;
    (length <= from.len()).then(|| from.split_to(length))
}

fn varint(from: &mut Bytes) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        if !from.has_remaining() {
            return None;
        }
        let byte = from.get_u8();
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let half = i64::try_from(value >> 1).expect("63 bits fit");
            return Some(if value & 1 == 0 { half } else { -half - 1 });
        }
    }
    None
}
