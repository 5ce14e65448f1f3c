//! Protobuf's wire format, as far as rows need it: tags, varints, fixed numbers, bytes.
//! It must not know: columns.

/// Appends a base-128 varint.
pub(in crate::source) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a varint field.
pub(in crate::source) fn number(field: u32, number: u64, out: &mut Vec<u8>) {
    varint(u64::from(field) << 3, out);
    varint(number, out);
}

/// Appends a field of fixed width: four bytes, else eight.
pub(in crate::source) fn fixed(field: u32, bytes: &[u8], out: &mut Vec<u8>) {
    varint(u64::from(field) << 3 | if bytes.len() == 4 { 5 } else { 1 }, out);
    out.extend_from_slice(bytes);
}

/// Appends a string, bytes or message field.
pub(in crate::source) fn bytes(field: u32, bytes: &[u8], out: &mut Vec<u8>) {
    varint(u64::from(field) << 3 | 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a `google.protobuf.Timestamp` or `Duration`: they have one shape. Zeroes are left out, as proto3 does.
pub(in crate::source) fn moment(field: u32, seconds: i64, nanos: i32, out: &mut Vec<u8>) {
    let mut message = Vec::with_capacity(22);
    if seconds != 0 {
        number(1, seconds as u64, &mut message);
    }
    if nanos != 0 {
        number(2, i64::from(nanos) as u64, &mut message);
    }
    bytes(field, &message, out);
}

/// The bytes of the last field of this number in a message of such fields alone; `None` when there is none.
pub(in crate::source) fn find(field: u32, mut message: &[u8]) -> Option<&[u8]> {
    let mut found = None;
    while !message.is_empty() {
        let tag = take_varint(&mut message)?;
        let length = usize::try_from(take_varint(&mut message)?).ok()?;
        let (value, rest) = message.split_at_checked(length)?;
        message = rest;
        if tag == u64::from(field) << 3 | 2 {
            found = Some(value);
        }
    }
    found
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_as_the_specification_writes_them() {
        let mut out = Vec::new();
        number(1, 150, &mut out);
        bytes(2, b"testing", &mut out);
        assert_eq!(out, [0x08, 0x96, 0x01, 0x12, 0x07, b't', b'e', b's', b't', b'i', b'n', b'g']);
    }

    #[test]
    fn negative_numbers_take_ten_bytes() {
        let mut out = Vec::new();
        number(3, -1i64 as u64, &mut out);
        assert_eq!(out, [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    }

    #[test]
    fn a_moment_leaves_zeroes_out() {
        let mut out = Vec::new();
        moment(1, 0, 0, &mut out);
        moment(2, 3, 5, &mut out);
        assert_eq!(out, [0x0a, 0, 0x12, 4, 0x08, 3, 0x10, 5]);
    }

    #[test]
    fn a_field_is_found_again() {
        let mut out = Vec::new();
        bytes(1, b"id", &mut out);
        bytes(2, b"", &mut out);
        assert_eq!(find(1, &out), Some(&b"id"[..]));
        assert_eq!(find(2, &out), Some(&b""[..]));
        assert_eq!(find(3, &out), None);
        assert_eq!(find(1, &[0x0a, 0xff]), None);
    }
}
