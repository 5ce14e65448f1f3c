//! The frame of a binlog event: header, body, checksum. The same over the wire and in a file.
//! It must not know: tables, rows, transactions.

use super::bytes::{Bytes, Malformed};

/// Bytes of the common header.
pub(in crate::source) const HEADER: usize = 19;
/// Bytes of a CRC32 at an event's end.
pub(in crate::source) const CHECKSUM: usize = 4;
/// Set by the server while the file is being written; not part of the checksum.
const IN_USE: u16 = 0x0001;
/// An event that is not in the file: made up by the server for this reader.
pub(in crate::source) const ARTIFICIAL: u16 = 0x0020;
/// A reader that does not know the type may pass it by.
pub(in crate::source) const IGNORABLE: u16 = 0x0080;

/// Event types by their raw numbers, from both servers' own sources of truth.
pub(in crate::source) mod kind {
    pub const QUERY: u8 = 2;
    pub const STOP: u8 = 3;
    pub const ROTATE: u8 = 4;
    pub const INTVAR: u8 = 5;
    pub const APPEND_BLOCK: u8 = 9;
    pub const DELETE_FILE: u8 = 11;
    pub const RAND: u8 = 13;
    pub const USER_VAR: u8 = 14;
    pub const FORMAT_DESCRIPTION: u8 = 15;
    pub const XID: u8 = 16;
    pub const BEGIN_LOAD_QUERY: u8 = 17;
    pub const EXECUTE_LOAD_QUERY: u8 = 18;
    pub const TABLE_MAP: u8 = 19;
    pub const WRITE_ROWS_V1: u8 = 23;
    pub const UPDATE_ROWS_V1: u8 = 24;
    pub const DELETE_ROWS_V1: u8 = 25;
    pub const INCIDENT: u8 = 26;
    pub const HEARTBEAT: u8 = 27;
    pub const IGNORABLE: u8 = 28;
    pub const ROWS_QUERY: u8 = 29;
    pub const WRITE_ROWS: u8 = 30;
    pub const UPDATE_ROWS: u8 = 31;
    pub const DELETE_ROWS: u8 = 32;
    pub const GTID: u8 = 33;
    pub const ANONYMOUS_GTID: u8 = 34;
    pub const PREVIOUS_GTIDS: u8 = 35;
    pub const TRANSACTION_CONTEXT: u8 = 36;
    pub const VIEW_CHANGE: u8 = 37;
    pub const XA_PREPARE: u8 = 38;
    pub const PARTIAL_UPDATE_ROWS: u8 = 39;
    pub const TRANSACTION_PAYLOAD: u8 = 40;
    pub const HEARTBEAT_V2: u8 = 41;
    pub const TAGGED_GTID: u8 = 42;
    pub const MARIA_ANNOTATE_ROWS: u8 = 160;
    pub const MARIA_CHECKPOINT: u8 = 161;
    pub const MARIA_GTID: u8 = 162;
    pub const MARIA_GTID_LIST: u8 = 163;
    pub const MARIA_START_ENCRYPTION: u8 = 164;
    pub const MARIA_QUERY_COMPRESSED: u8 = 165;
    pub const MARIA_WRITE_ROWS_COMPRESSED_V1: u8 = 166;
    pub const MARIA_DELETE_ROWS_COMPRESSED: u8 = 171;

    /// True for the event that a transaction begins with, where there are GTIDs.
    pub fn begins(kind: u8) -> bool {
        matches!(kind, GTID | ANONYMOUS_GTID | TAGGED_GTID | MARIA_GTID)
    }
}

/// The common header, version 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Header {
    /// Seconds since the epoch.
    pub timestamp: u32,
    /// The raw type: see [`kind`].
    pub kind: u8,
    /// The server that wrote it first.
    pub server_id: u32,
    /// Bytes of the whole event, checksum included.
    pub size: u32,
    /// The low 32 bits of the place after it in its file; 0 when it is not in the file.
    pub next: u32,
    /// See [`ARTIFICIAL`], [`IGNORABLE`].
    pub flags: u16,
}

impl Header {
    /// Reads the header that `raw` starts with.
    ///
    /// # Errors
    /// There are fewer than 19 bytes, or the size it names is smaller than that.
    pub fn parse(raw: &[u8]) -> Result<Self, Malformed> {
        let mut bytes = Bytes(raw);
        let header = Self {
            timestamp: bytes.u32("event header")?,
            kind: bytes.u8("event header")?,
            server_id: bytes.u32("event header")?,
            size: bytes.u32("event header")?,
            next: bytes.u32("event header")?,
            flags: bytes.u16("event header")?,
        };
        if (header.size as usize) < HEADER { Err(Malformed("event size")) } else { Ok(header) }
    }

    /// True when it was made up for this reader and has no place in the file.
    pub fn is_artificial(&self) -> bool {
        self.flags & ARTIFICIAL != 0 || self.next == 0
    }

    fn bytes(&self) -> [u8; HEADER] {
        let mut raw = [0; HEADER];
        raw[..4].copy_from_slice(&self.timestamp.to_le_bytes());
        raw[4] = self.kind;
        raw[5..9].copy_from_slice(&self.server_id.to_le_bytes());
        raw[9..13].copy_from_slice(&self.size.to_le_bytes());
        raw[13..17].copy_from_slice(&self.next.to_le_bytes());
        raw[17..].copy_from_slice(&self.flags.to_le_bytes());
        raw
    }
}

/// The checksum of an event: over its header (without the in-use flag) and all that follows up to the checksum.
pub(in crate::source) fn checksum(header: &Header, parts: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&Header { flags: header.flags & !IN_USE, ..*header }.bytes());
    for part in parts {
        crc.update(part);
    }
    crc.finalize()
}

/// The checksum over a run of events, one more at a time; it begins with 0.
pub(in crate::source) fn over(before: u32, checksum: u32) -> u32 {
    let mut crc = crc32fast::Hasher::new_with_initial(before);
    crc.update(&checksum.to_le_bytes());
    crc.finalize()
}

/// Splits the event that `raw` is into header and body, its checksum verified and cut off when `checksummed`.
///
/// A format description says itself whether checksums follow, and always carries one when it can.
///
/// # Errors
/// It is shorter or longer than it says, or the checksum does not agree.
pub(in crate::source) fn split(raw: &[u8], checksummed: bool) -> Result<(Header, &[u8]), Malformed> {
    let header = Header::parse(raw)?;
    if header.size as usize != raw.len() {
        return Err(Malformed("event size"));
    }
    let body = &raw[HEADER..];
    if !checksummed {
        return Ok((header, body));
    }
    let at = body.len().checked_sub(CHECKSUM).ok_or(Malformed("checksum"))?;
    let (body, sum) = body.split_at(at);
    if checksum(&header, &[body]).to_le_bytes() != *sum {
        return Err(Malformed("checksum"));
    }
    Ok((header, body))
}

/// What a format description says that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Format {
    /// The server's version text.
    pub server: String,
    /// True when each event that follows ends in a CRC32.
    pub checksummed: bool,
}

impl Format {
    /// Reads a format description from its body with nothing cut off: version (2), server (50), created (4), header
    /// length (1), post-header lengths, checksum algorithm (1), checksum (4).
    ///
    /// # Errors
    /// It is too short, or names a checksum that is neither none nor CRC32.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let server = Self::server(body)?;
        let algorithm = body.len().checked_sub(1 + CHECKSUM).ok_or(Malformed("format description"))?;
        match body[algorithm] {
            0 => Ok(Self { server, checksummed: false }),
            1 => Ok(Self { server, checksummed: true }),
            _ => Err(Malformed("checksum algorithm")),
        }
    }

    /// The server's version text alone: what is left when a client has cut the end off.
    ///
    /// # Errors
    /// It is too short, or of another format version.
    pub fn server(body: &[u8]) -> Result<String, Malformed> {
        let mut bytes = Bytes(body);
        if bytes.u16("format description")? != 4 {
            return Err(Malformed("format version"));
        }
        let server = bytes.take(50, "format description")?;
        bytes.take(5, "format description")?;
        let end = server.iter().position(|byte| *byte == 0).unwrap_or(server.len());
        Ok(String::from_utf8_lossy(&server[..end]).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: u8, body: &[u8]) -> Vec<u8> {
        let size = (HEADER + body.len() + CHECKSUM) as u32;
        let header = Header { timestamp: 7, kind, server_id: 1, size, next: 500, flags: 0 };
        let mut raw = header.bytes().to_vec();
        raw.extend_from_slice(body);
        raw.extend_from_slice(&checksum(&header, &[body]).to_le_bytes());
        raw
    }

    #[test]
    fn a_whole_event_splits() {
        let raw = event(kind::XID, &[1, 0, 0, 0, 0, 0, 0, 0]);
        let (header, body) = split(&raw, true).expect("whole");
        assert_eq!((header.kind, header.next, body.len()), (kind::XID, 500, 8));
    }

    #[test]
    fn one_flipped_bit_is_seen() {
        let raw = event(kind::XID, &[1, 0, 0, 0, 0, 0, 0, 0]);
        for at in (0..raw.len()).filter(|at| !(9..13).contains(at)) {
            let mut wrong = raw.clone();
            wrong[at] ^= 0x10;
            assert_eq!(split(&wrong, true), Err(Malformed("checksum")), "byte {at}");
        }
    }

    #[test]
    fn the_in_use_flag_is_no_part_of_the_checksum() {
        let mut raw = event(kind::ROTATE, b"binlog.000002");
        raw[17] |= 1;
        assert!(split(&raw, true).is_ok());
    }

    #[test]
    fn a_cut_event_is_refused() {
        let raw = event(kind::XID, &[1, 0, 0, 0, 0, 0, 0, 0]);
        for length in 0..raw.len() {
            assert!(split(&raw[..length], true).is_err());
        }
    }
}
