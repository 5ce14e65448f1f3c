//! Text in the character sets that can be read without loss: UTF-8 in both widths, ASCII, Latin-1.
//! It must not know: columns or rows.

use std::borrow::Cow;

/// A character set, from a collation's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Charset {
    Utf8,
    Ascii,
    /// The servers' `latin1`, which is Windows-1252 with the five holes left as control characters.
    Latin1,
}

impl Charset {
    /// The character set of a collation, from both servers' own lists; `None` for one that is not read.
    pub fn of(collation: u16) -> Option<Self> {
        match collation {
            33 | 76 | 83 | 192..=215 | 223 | 576..=578 | 1057 | 1107 | 1216 | 1238 | 2048..=2247 => {
                Some(Self::Utf8)
            }
            45 | 46 | 224..=247 | 255..=323 | 608..=610 | 1069 | 1070 | 1248 | 1270 | 2304..=2503 => {
                Some(Self::Utf8)
            }
            11 | 65 | 1035 | 1089 => Some(Self::Ascii),
            5 | 8 | 15 | 31 | 47..=49 | 94 | 1032 | 1071 => Some(Self::Latin1),
            _ => None,
        }
    }

    /// The bytes as text; `None` when they are not of this character set.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Latin1 if !bytes.is_ascii() => {
                Some(Cow::Owned(bytes.iter().map(|byte| latin1(*byte)).collect()))
            }
            Self::Ascii if !bytes.is_ascii() => None,
            _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        }
    }
}

fn latin1(byte: u8) -> char {
    const UPPER: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
        '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}',
        '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}',
        '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collations_of_both_servers() {
        for utf8 in [33, 45, 46, 76, 83, 192, 255, 309, 608, 2048, 2304, 2503] {
            assert_eq!(Charset::of(utf8), Some(Charset::Utf8), "{utf8}");
        }
        assert_eq!(Charset::of(8), Some(Charset::Latin1));
        assert_eq!(Charset::of(11), Some(Charset::Ascii));
        for other in [1, 28, 35, 54, 60, 63, 95, 2560, 3000] {
            assert_eq!(Charset::of(other), None, "{other}");
        }
    }

    #[test]
    fn text_is_decoded_or_refused_never_mended() {
        assert_eq!(Charset::Latin1.decode(&[b'h', 0xe9, 0x80]).as_deref(), Some("hé€"));
        assert_eq!(Charset::Ascii.decode(&[0xe9]), None);
        assert_eq!(Charset::Utf8.decode(&[0xe9]), None);
        assert_eq!(Charset::Utf8.decode("hé".as_bytes()).as_deref(), Some("hé"));
    }
}
