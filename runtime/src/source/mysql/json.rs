//! MySQL's binary JSON, to the text that the server itself would print.
//! It must not know: columns. Offsets inside are not to be trusted: depth, values and output are bounded.

use std::fmt::Write;

use super::bytes::{Bytes, Malformed, big, little};
use super::decimal;

const OBJECT: u8 = 0x00;
const LARGE_OBJECT: u8 = 0x01;
const ARRAY: u8 = 0x02;
const LARGE_ARRAY: u8 = 0x03;
const LITERAL: u8 = 0x04;
const DOUBLE: u8 = 0x0b;
const STRING: u8 = 0x0c;
const OPAQUE: u8 = 0x0f;

/// The server's own limit on nesting.
const DEPTH: u8 = 100;
const WHAT: Malformed = Malformed("JSON value");

/// Appends the text of a JSON column's bytes. No bytes at all is the value that a failed `UPDATE IGNORE` leaves: null.
///
/// # Errors
/// The bytes are no JSON, or expand to more than `limit` bytes.
pub(in crate::source) fn text(bytes: &[u8], limit: usize, out: &mut String) -> Result<(), Malformed> {
    let Some((kind, rest)) = bytes.split_first() else {
        out.push_str("null");
        return Ok(());
    };
    // A value inside takes at least three bytes of its parent, so real JSON has no more values than this.
    let mut writer = Writer { out, end: limit, values: bytes.len() / 3 + 1 };
    writer.end += writer.out.len();
    writer.value(*kind, rest, 0)
}

struct Writer<'a> {
    out: &'a mut String,
    end: usize,
    values: usize,
}

impl Writer<'_> {
    fn value(&mut self, kind: u8, bytes: &[u8], depth: u8) -> Result<(), Malformed> {
        self.values = self.values.checked_sub(1).ok_or(WHAT)?;
        if depth > DEPTH || self.out.len() > self.end {
            return Err(WHAT);
        }
        let mut at = Bytes(bytes);
        match kind {
            OBJECT => self.container(bytes, 2, true, depth)?,
            LARGE_OBJECT => self.container(bytes, 4, true, depth)?,
            ARRAY => self.container(bytes, 2, false, depth)?,
            LARGE_ARRAY => self.container(bytes, 4, false, depth)?,
            LITERAL => self.out.push_str(match at.u8(WHAT.0)? {
                0 => "null",
                1 => "true",
                2 => "false",
                _ => return Err(WHAT),
            }),
            0x05 => self.show(at.u16(WHAT.0)? as i16),
            0x06 => self.show(at.u16(WHAT.0)?),
            0x07 => self.show(at.u32(WHAT.0)? as i32),
            0x08 => self.show(at.u32(WHAT.0)?),
            0x09 => self.show(at.u64(WHAT.0)? as i64),
            0x0a => self.show(at.u64(WHAT.0)?),
            DOUBLE => self.double(f64::from_bits(at.u64(WHAT.0)?))?,
            STRING => {
                let length = variable_length(&mut at)?;
                let string = std::str::from_utf8(at.take(length, WHAT.0)?).map_err(|_| WHAT)?;
                quoted(string, self.out);
            }
            OPAQUE => self.opaque(&mut at)?,
            _ => return Err(WHAT),
        }
        Ok(())
    }

    fn show(&mut self, number: impl std::fmt::Display) {
        let _ = write!(self.out, "{number}");
    }

    /// Count, size, then entries whose offsets count from here.
    fn container(&mut self, bytes: &[u8], width: usize, object: bool, depth: u8) -> Result<(), Malformed> {
        let mut head = Bytes(bytes);
        let count = head.little(width, WHAT.0)? as usize;
        let size = head.little(width, WHAT.0)? as usize;
        let bytes = bytes.get(..size).ok_or(WHAT)?;
        let (key_entry, value_entry) = (width + 2, width + 1);
        let keys = if object { count.checked_mul(key_entry).ok_or(WHAT)? } else { 0 };
        let values_at = keys + 2 * width;
        let mut keys = Bytes(bytes.get(2 * width..values_at).ok_or(WHAT)?);
        let mut values = Bytes(bytes.get(values_at..).ok_or(WHAT)?);
        self.out.push(if object { '{' } else { '[' });
        for index in 0..count {
            if index > 0 {
                self.out.push_str(", ");
            }
            if object {
                let (at, length) = (keys.little(width, WHAT.0)? as usize, usize::from(keys.u16(WHAT.0)?));
                let key = bytes.get(at..).and_then(|key| key.get(..length)).ok_or(WHAT)?;
                quoted(std::str::from_utf8(key).map_err(|_| WHAT)?, self.out);
                self.out.push_str(": ");
            }
            let mut entry = Bytes(values.take(value_entry, WHAT.0)?);
            let kind = entry.u8(WHAT.0)?;
            let inlined =
                matches!(kind, LITERAL | 0x05 | 0x06) || (width == 4 && matches!(kind, 0x07 | 0x08));
            if inlined {
                self.value(kind, entry.rest(), depth + 1)?;
            } else {
                let at = little(entry.rest()) as usize;
                self.value(kind, bytes.get(at..).ok_or(WHAT)?, depth + 1)?;
            }
        }
        self.out.push(if object { '}' } else { ']' });
        Ok(())
    }

    /// Doubles as the server prints them: the shortest digits, an exponent from 1e15 on and below 1e-15, `.0` on a
    /// whole number without one.
    fn double(&mut self, number: f64) -> Result<(), Malformed> {
        if !number.is_finite() {
            return Err(WHAT);
        }
        let size = number.abs();
        if size != 0.0 && !(1e-15..1e15).contains(&size) {
            let _ = write!(self.out, "{number:e}");
        } else {
            let whole = if number.fract() == 0.0 { ".0" } else { "" };
            let _ = write!(self.out, "{number}{whole}");
        }
        Ok(())
    }

    /// A value of a column type inside JSON: decimals and times in words, all else in base 64.
    fn opaque(&mut self, at: &mut Bytes<'_>) -> Result<(), Malformed> {
        let kind = at.u8(WHAT.0)?;
        let length = variable_length(at)?;
        let bytes = at.take(length, WHAT.0)?;
        match kind {
            246 => {
                let (precision, scale) = (*bytes.first().ok_or(WHAT)?, *bytes.get(1).ok_or(WHAT)?);
                if scale > precision || !decimal::text(&bytes[2..], precision, scale, self.out) {
                    return Err(WHAT);
                }
            }
            10 | 12 | 7 | 17 | 18 => self.moment(kind, little(bytes)),
            11 | 19 => self.duration(little(bytes) as i64),
            _ => {
                let _ = write!(self.out, "\"base64:type{kind}:");
                base64(bytes, self.out);
                self.out.push('"');
            }
        }
        Ok(())
    }

    fn moment(&mut self, kind: u8, packed: u64) {
        let (whole, micros) = (packed >> 24, packed & 0xff_ffff);
        let (ymd, hms) = (whole >> 17, whole & 0x1_ffff);
        let (year, month, day) = ((ymd >> 5) / 13, (ymd >> 5) % 13, ymd & 31);
        let _ = write!(self.out, "\"{year:04}-{month:02}-{day:02}");
        if kind != 10 {
            let _ = write!(self.out, " {:02}:{:02}:{:02}.{micros:06}", hms >> 12, hms >> 6 & 63, hms & 63);
        }
        self.out.push('"');
    }

    fn duration(&mut self, packed: i64) {
        let (sign, size) = (if packed < 0 { "-" } else { "" }, packed.unsigned_abs());
        let (whole, micros) = (size >> 24, size & 0xff_ffff);
        let (hours, minutes, seconds) = (whole >> 12 & 0x3ff, whole >> 6 & 63, whole & 63);
        let _ = write!(self.out, "\"{sign}{hours:02}:{minutes:02}:{seconds:02}.{micros:06}\"");
    }
}

/// Seven bits a byte, the lowest first.
fn variable_length(at: &mut Bytes<'_>) -> Result<usize, Malformed> {
    let mut length = 0usize;
    for shift in (0..35).step_by(7) {
        let byte = at.u8(WHAT.0)?;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(length);
        }
    }
    Err(WHAT)
}

fn quoted(string: &str, out: &mut String) {
    out.push('"');
    for character in string.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

fn base64(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let bits = big(group) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            out.push(if digit <= group.len() { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Option<String> {
        let mut out = String::new();
        text(bytes, 1 << 20, &mut out).ok().map(|()| out)
    }

    #[test]
    fn an_object_from_a_real_server() {
        // {"a": 1.5}
        let bytes = [0x00, 1, 0, 0x14, 0, 0x0b, 0, 1, 0, 0x0b, 0x0c, 0, 0x61, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f];
        assert_eq!(of(&bytes).as_deref(), Some("{\"a\": 1.5}"));
        assert_eq!(of(&[0x02, 2, 0, 10, 0, 5, 1, 0, 5, 2, 0]).as_deref(), Some("[1, 2]"));
    }

    #[test]
    fn scalars() {
        assert_eq!(of(&[]).as_deref(), Some("null"));
        assert_eq!(of(&[LITERAL, 1]).as_deref(), Some("true"));
        assert_eq!(of(&[0x05, 0xff, 0xff]).as_deref(), Some("-1"));
        assert_eq!(of(&[STRING, 2, b'"', 1]).as_deref(), Some("\"\\\"\\u0001\""));
        assert_eq!(of(&[OPAQUE, 246, 4, 3, 2, 0x80, 0x05]).as_deref(), Some("0.05"));
        assert_eq!(of(&[OPAQUE, 252, 1, 0xff]).as_deref(), Some("\"base64:type252:/w==\""));
    }

    #[test]
    fn a_value_inside_itself_ends() {
        // An array whose only member points back at the array.
        assert_eq!(of(&[0x02, 1, 0, 7, 0, 0x02, 0, 0]), None);
        // A hundred members that each point back: breadth is bounded too.
        let mut wide = vec![0x02, 100, 0, 0x30, 0x01];
        wide.extend([0x02, 0, 0].repeat(100));
        assert_eq!(of(&wide), None);
    }

    #[test]
    fn doubles_look_like_the_servers() {
        let double = |number: f64| of(&[&[DOUBLE][..], &number.to_bits().to_le_bytes()].concat());
        assert_eq!(double(1.0).as_deref(), Some("1.0"));
        assert_eq!(double(-0.25).as_deref(), Some("-0.25"));
        assert_eq!(double(1e20).as_deref(), Some("1e20"));
        assert_eq!(double(1.5e-7).as_deref(), Some("0.00000015"));
        assert_eq!(double(1.5e-16).as_deref(), Some("1.5e-16"));
        assert_eq!(double(f64::NAN), None);
    }

    #[test]
    fn base64_of_every_remainder() {
        let of = |bytes: &[u8]| {
            let mut out = String::new();
            base64(bytes, &mut out);
            out
        };
        assert_eq!((of(b"a").as_str(), of(b"ab").as_str(), of(b"abc").as_str()), ("YQ==", "YWI=", "YWJj"));
    }
}
