//! A value as its canonical text: what keys are made of, and what the fields that are text hold.
//! It must not know: fields or messages.

use std::fmt::Write;

use super::super::bytes::{big, little};
use super::super::temporal::{self, Moment};
use super::super::{decimal, json};
use super::{Form, Inexpressible, MAX_ROW, NO_DAY, NO_TEXT, NO_TIME, signed, single, truth, year};

impl Form {
    /// Appends the value as its canonical text: what a key is made of, and what the fields that are text hold.
    ///
    /// # Errors
    /// The value cannot be said exactly.
    pub fn text(&self, value: &[u8], out: &mut String) -> Result<(), Inexpressible> {
        let shown = match self {
            Self::Signed => write!(out, "{}", signed(value)),
            Self::Unsigned => write!(out, "{}", little(value)),
            Self::Bit => write!(out, "{}", big(value)),
            Self::Bool => write!(out, "{}", truth(value)?),
            Self::Year => write!(out, "{}", year(value)),
            Self::Float | Self::FloatAsDouble => write!(out, "{}", single(value)),
            Self::Double => write!(out, "{}", f64::from_bits(little(value))),
            Self::Text(charset) => out.write_str(&charset.decode(value).ok_or(NO_TEXT)?),
            Self::Bytes { length } => value
                .iter()
                .try_for_each(|byte| write!(out, "{byte:02x}"))
                .and_then(|()| (value.len()..*length).try_for_each(|_| out.write_str("00"))),
            Self::Uuid => uuid(value, out),
            Self::UuidText(charset) => {
                let text = charset.decode(value).ok_or(NO_TEXT)?;
                if !is_uuid(&text) {
                    return Err(Inexpressible("a uuid of the form 8-4-4-4-12"));
                }
                text.chars().try_for_each(|character| out.write_char(character.to_ascii_lowercase()))
            }
            Self::Decimal { precision, scale, places } => {
                if !decimal::text(value, *precision, *scale, out) {
                    return Err(Inexpressible("a decimal"));
                }
                if *scale == 0 && *places > 0 {
                    out.push('.');
                }
                (*scale..*places).try_for_each(|_| out.write_char('0'))
            }
            Self::Date => {
                let (year, month, day) = temporal::date(value).ok_or(NO_DAY)?;
                write!(out, "{year:04}-{month:02}-{day:02}")
            }
            Self::Json => return json::text(value, MAX_ROW, out).map_err(|_| Inexpressible("readable JSON")),
            Self::Enum(members) => match little(value) {
                // The servers' own mark of an invalid value, which they show as empty.
                0 => Ok(()),
                index => {
                    let member = usize::try_from(index - 1).ok().and_then(|index| members.get(index));
                    out.write_str(member.ok_or(Inexpressible("one of its column's values"))?)
                }
            },
            Self::Set(members) => return set(little(value), members, out),
            Self::Time { .. } | Self::OldTime => {
                let moment = self.moment(value)?.ok_or(NO_TIME)?;
                duration(moment, out)
            }
            Self::Datetime { .. } | Self::Timestamp { .. } | Self::OldDatetime | Self::OldTimestamp => {
                let moment = self.moment(value)?.ok_or(NO_DAY)?;
                timestamp(moment, out)
            }
        };
        debug_assert!(shown.is_ok(), "a string takes any text");
        Ok(())
    }
}

fn uuid(value: &[u8], out: &mut String) -> std::fmt::Result {
    let mut whole = [0u8; 16];
    let length = value.len().min(16);
    whole[..length].copy_from_slice(&value[..length]);
    for (index, byte) in whole.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        write!(out, "{byte:02x}")?;
    }
    Ok(())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn set(bits: u64, members: &[String], out: &mut String) -> Result<(), Inexpressible> {
    if members.len() < 64 && bits >> members.len() != 0 {
        return Err(Inexpressible("made of its column's values"));
    }
    let chosen = members.iter().take(64).enumerate().filter(|(index, _)| bits >> index & 1 == 1);
    for (count, (_, member)) in chosen.enumerate() {
        if count > 0 {
            out.push(',');
        }
        out.push_str(member);
    }
    Ok(())
}

fn timestamp(moment: Moment, out: &mut String) -> std::fmt::Result {
    let (year, month, day, of_day) = temporal::civil(moment.seconds);
    let (hours, minutes, seconds) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}")?;
    fraction(moment.nanos, out)?;
    out.write_char('Z')
}

fn duration(moment: Moment, out: &mut String) -> std::fmt::Result {
    if moment.seconds < 0 || moment.nanos < 0 {
        out.push('-');
    }
    let size = moment.seconds.abs();
    write!(out, "{:02}:{:02}:{:02}", size / 3600, size / 60 % 60, size % 60)?;
    fraction(moment.nanos.abs(), out)
}

fn fraction(nanos: i32, out: &mut String) -> std::fmt::Result {
    if nanos == 0 { Ok(()) } else { write!(out, ".{:06}", nanos / 1000) }
}
