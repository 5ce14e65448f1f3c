//! DECIMAL as the servers store it: nine digits in four bytes, big-endian, the sign in the first bit.
//! Written here because the text must be exact to 65 digits, more than any number type holds.

use std::fmt::Write;

use super::bytes::big;

/// Bytes of 0 to 9 left-over digits.
const LEFT_OVER: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/// Bytes that a DECIMAL of this precision and scale takes.
pub(in crate::source) fn width(precision: u8, scale: u8) -> usize {
    let whole = usize::from(precision.saturating_sub(scale));
    let places = usize::from(scale);
    whole / 9 * 4 + LEFT_OVER[whole % 9] + places / 9 * 4 + LEFT_OVER[places % 9]
}

/// Appends the value's text with exactly `scale` places, as the server prints it. False when the bytes are no decimal.
pub(in crate::source) fn text(bytes: &[u8], precision: u8, scale: u8, out: &mut String) -> bool {
    let mut plain = [0u8; 40];
    if bytes.len() != width(precision, scale) || bytes.len() > plain.len() {
        return false;
    }
    let plain = &mut plain[..bytes.len()];
    plain.copy_from_slice(bytes);
    let Some(first) = plain.first_mut() else { return false };
    let negative = *first & 0x80 == 0;
    *first ^= 0x80;
    if negative {
        plain.iter_mut().for_each(|byte| *byte = !*byte);
    }
    let start = out.len();
    if negative && plain.iter().any(|byte| *byte != 0) {
        out.push('-');
    }
    let whole = usize::from(precision.saturating_sub(scale));
    let (whole_bytes, place_bytes) = plain.split_at(whole / 9 * 4 + LEFT_OVER[whole % 9]);
    let good =
        whole_text(whole_bytes, whole, out) && (scale == 0 || places(place_bytes, usize::from(scale), out));
    if !good {
        out.truncate(start);
    }
    good
}

fn whole_text(bytes: &[u8], digits: usize, out: &mut String) -> bool {
    let mut leading = true;
    let (head, tail) = bytes.split_at(LEFT_OVER[digits % 9]);
    let groups = std::iter::once((head, digits % 9)).chain(tail.chunks(4).map(|group| (group, 9)));
    for (group, width) in groups.filter(|(group, _)| !group.is_empty()) {
        let Some(number) = group_of(group, width) else { return false };
        if !leading {
            let _ = write!(out, "{number:09}");
        } else if number != 0 {
            let _ = write!(out, "{number}");
            leading = false;
        }
    }
    if leading {
        out.push('0');
    }
    true
}

fn places(bytes: &[u8], digits: usize, out: &mut String) -> bool {
    out.push('.');
    let (full, rest) = bytes.split_at(digits / 9 * 4);
    let groups = full.chunks(4).map(|group| (group, 9)).chain(std::iter::once((rest, digits % 9)));
    for (group, width) in groups.filter(|(_, width)| *width > 0) {
        let Some(number) = group_of(group, width) else { return false };
        let _ = write!(out, "{number:0width$}");
    }
    true
}

/// A group's number, if it has no more digits than its place.
fn group_of(bytes: &[u8], digits: usize) -> Option<u64> {
    let number = big(bytes);
    (number < 10u64.pow(digits as u32)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8], precision: u8, scale: u8) -> Option<String> {
        let mut out = String::new();
        text(bytes, precision, scale, &mut out).then_some(out)
    }

    #[test]
    fn the_manuals_example_and_its_negative() {
        // DECIMAL(14,4): 1234567890.1234
        let bytes = [0x81, 0x0d, 0xfb, 0x38, 0xd2, 0x04, 0xd2];
        assert_eq!(of(&bytes, 14, 4).as_deref(), Some("1234567890.1234"));
        let negative: Vec<u8> = bytes.iter().map(|byte| !byte).collect();
        assert_eq!(of(&negative, 14, 4).as_deref(), Some("-1234567890.1234"));
    }

    #[test]
    fn zeros_keep_their_places() {
        assert_eq!(of(&[0x80, 0x00, 0x00], 5, 2).as_deref(), Some("0.00"));
        assert_eq!(of(&[0x80, 0x00, 0x05], 5, 2).as_deref(), Some("0.05"));
        assert_eq!(of(&[0x7f, 0xff, 0xfa], 5, 2).as_deref(), Some("-0.05"));
        assert_eq!(of(&[0x80, 0x00, 0x00], 5, 0).as_deref(), Some("0"));
        assert_eq!(of(&[0x85], 2, 2).as_deref(), Some("0.05"));
    }

    #[test]
    fn inner_groups_keep_their_zeros() {
        // DECIMAL(18,0): 1000000001
        assert_eq!(of(&[0x80, 0, 0, 1, 0, 0, 0, 1], 18, 0).as_deref(), Some("1000000001"));
    }

    #[test]
    fn wrong_bytes_are_no_decimal() {
        assert_eq!(of(&[0x80, 0x00], 5, 2), None);
        assert_eq!(of(&[0x80, 0x00, 0xff], 5, 2), None);
        assert_eq!(of(&[], 0, 0), None);
    }
}
