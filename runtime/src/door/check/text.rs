//! Values that JSON has as text: dates, times, lengths of time.
//! It must not know: JSON.

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::{Date, Time, Timestamp, wire};

/// Digits, perhaps a sign before and a point with digits after.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((before, after)) => digits(before) && digits(after),
        None => digits(text),
    }
}

/// `2026-11-22`
pub(super) fn date(text: &str) -> Option<Date> {
    wire::date("", text).ok().filter(|_| text.len() == 10)
}

/// `06:32:05`, with up to nine places; a day has no second 60.
pub(super) fn time(text: &str) -> Option<Time> {
    let fits = text.len() >= 8 && text.as_bytes()[2] == b':' && text.as_bytes()[5] == b':';
    let value = wire::time("", text).ok().filter(|_| fits && text.len() <= 18)?;
    (value.nanosecond() < 1_000_000_000).then_some(value)
}

/// RFC 3339 with an offset, in the years that protobuf has.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let value = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    let fits = (1..=9999).contains(&value.year()) && value.nanosecond() < 1_000_000_000;
    fits.then_some(value)
}

/// The longest length of time that protobuf has, in seconds: some 10,000 years.
const LONGEST: i128 = 315_576_000_000;

/// `PT1H30M`, `P2DT0.5S`, `P1W` (no months or years: they have no length), or protobuf's own `5400s`.
pub(super) fn duration(text: &str) -> Option<prost_types::Duration> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let nanos = match rest.strip_prefix('P') {
        Some(parts) => iso(parts)?,
        None => part(rest.strip_suffix('s')?, 1)?,
    };
    let nanos = if negative { -nanos } else { nanos };
    let billion = 1_000_000_000;
    let seconds = (nanos / billion).abs().le(&LONGEST).then_some(nanos / billion)?;
    Some(prost_types::Duration {
        seconds: i64::try_from(seconds).ok()?,
        nanos: i32::try_from(nanos % billion).ok()?,
    })
}

/// What follows the `P`: numbers and units, each unit once and in order, some unit at least.
fn iso(parts: &str) -> Option<i128> {
    let (days, times) = match parts.split_once('T') {
        Some((_, "")) => return None,
        Some((days, times)) => (days, times),
        None => (parts, ""),
    };
    let (mut total, mut any) = (0_i128, false);
    for (mut rest, units) in
        [(days, [('W', 604_800), ('D', 86_400)].as_slice()), (times, &[('H', 3_600), ('M', 60), ('S', 1)])]
    {
        for (unit, seconds) in units {
            let Some((number, after)) = rest.split_once(*unit) else { continue };
            // Only seconds have a fraction.
            if *seconds != 1 && number.contains('.') {
                return None;
            }
            total += part(number, *seconds)?;
            (rest, any) = (after, true);
        }
        if !rest.is_empty() {
            return None;
        }
    }
    any.then_some(total)
}

/// A number of so many seconds, in nanoseconds.
fn part(number: &str, seconds: i128) -> Option<i128> {
    let (whole, places) = number.split_once('.').unwrap_or((number, "0"));
    let fits = (1..=12).contains(&whole.len()) && (1..=9).contains(&places.len());
    if !fits || !is_decimal(whole) || !is_decimal(places) || whole.starts_with('-') || places.starts_with('-')
    {
        return None;
    }
    let nanos: i128 = format!("{places:0<9}").parse().ok()?;
    Some((whole.parse::<i128>().ok()? * 1_000_000_000 + nanos) * seconds)
}
