//! A cursor over bytes that someone else wrote: every read can fail, none can panic.
//! It must not know: what the bytes mean.

/// The bytes end before what should be there, or say something impossible. Holds what was being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Malformed(pub &'static str);

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `length` bytes.
    pub fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(Malformed(what))?;
        self.0 = tail;
        Ok(head)
    }

    /// All the rest.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        Ok(self.take(1, what)?[0])
    }

    pub fn u16(&mut self, what: &'static str) -> Result<u16, Malformed> {
        Ok(self.little(2, what)? as u16)
    }

    pub fn u32(&mut self, what: &'static str) -> Result<u32, Malformed> {
        Ok(self.little(4, what)? as u32)
    }

    pub fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        self.little(8, what)
    }

    /// A little-endian number of `width` bytes, at most eight.
    pub fn little(&mut self, width: usize, what: &'static str) -> Result<u64, Malformed> {
        Ok(little(self.take(width, what)?))
    }

    /// A length-encoded number: 251 (NULL) and 255 are no numbers.
    pub fn lenenc(&mut self, what: &'static str) -> Result<u64, Malformed> {
        match self.u8(what)? {
            0xfc => self.little(2, what),
            0xfd => self.little(3, what),
            0xfe => self.little(8, what),
            0xfb | 0xff => Err(Malformed(what)),
            small => Ok(u64::from(small)),
        }
    }

    /// As many bytes as a length-encoded number before them says.
    pub fn lenenc_bytes(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        let length = self.length(what)?;
        self.take(length, what)
    }

    /// A length-encoded number that counts things in memory.
    pub fn length(&mut self, what: &'static str) -> Result<usize, Malformed> {
        usize::try_from(self.lenenc(what)?).map_err(|_| Malformed(what))
    }

    /// A number of MySQL's serialization library: as many more bytes as the first has trailing ones.
    pub fn varlen(&mut self, what: &'static str) -> Result<u64, Malformed> {
        let first = *self.0.first().ok_or(Malformed(what))?;
        let ones = first.trailing_ones() as usize;
        if ones == 8 {
            self.take(1, what)?;
            return self.little(8, what);
        }
        let width = ones + 1;
        Ok(self.little(width, what)? >> width)
    }
}

/// A little-endian number of at most eight bytes.
pub(in crate::source) fn little(bytes: &[u8]) -> u64 {
    let mut wide = [0u8; 8];
    let width = bytes.len().min(8);
    wide[..width].copy_from_slice(&bytes[..width]);
    u64::from_le_bytes(wide)
}

/// A big-endian number of at most eight bytes.
pub(in crate::source) fn big(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width() {
        let mut bytes = Bytes(&[1, 2, 0, 3, 0, 0, 0, 0xfc, 0x10, 0x27, 0xfd, 1, 0, 1]);
        assert_eq!(bytes.u8("a"), Ok(1));
        assert_eq!(bytes.u16("b"), Ok(2));
        assert_eq!(bytes.u32("c"), Ok(3));
        assert_eq!(bytes.lenenc("d"), Ok(10_000));
        assert_eq!(bytes.lenenc("e"), Ok(65_537));
        assert_eq!(bytes.u8("f"), Err(Malformed("f")));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        assert_eq!(Bytes(&[5, 1, 2]).lenenc_bytes("name"), Err(Malformed("name")));
        let all = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Bytes(&all).lenenc_bytes("name"), Err(Malformed("name")));
    }

    #[test]
    fn serialized_numbers_count_their_bytes_in_trailing_ones() {
        assert_eq!(Bytes(&[0x02]).varlen("n"), Ok(1));
        assert_eq!(Bytes(&[0x01, 0x04]).varlen("n"), Ok(256));
        assert_eq!(Bytes(&[0xff, 7, 0, 0, 0, 0, 0, 0, 0]).varlen("n"), Ok(7));
        assert_eq!(Bytes(&[0x03, 0x00]).varlen("n"), Err(Malformed("n")));
    }

    #[test]
    fn both_endings() {
        assert_eq!(little(&[1, 2, 3]), 0x0003_0201);
        assert_eq!(big(&[1, 2, 3]), 0x0001_0203);
    }
}
