//! Dates and times as the servers store them, to the numbers that protobuf's own types hold.
//! A value that no calendar has (`0000-00-00`, a month of zero) is `None`: it is refused, never mended.

use super::bytes::{big, little};

/// Seconds since the epoch and nanoseconds of that second (for a duration: of the same sign as the seconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Moment {
    pub seconds: i64,
    pub nanos: i32,
}

/// DATE: three bytes of packed year, month, day.
pub(in crate::source) fn date(bytes: &[u8]) -> Option<(i64, u8, u8)> {
    let packed = little(bytes);
    let (year, month, day) = ((packed >> 9) as i64, (packed >> 5 & 15) as u8, (packed & 31) as u8);
    is_day(year, month, day).then_some((year, month, day))
}

/// DATETIME(n): five bytes of year and month in one number, day, and time; then the fraction.
pub(in crate::source) fn datetime(bytes: &[u8], digits: u8) -> Option<Moment> {
    let (whole, fraction) = bytes.split_at_checked(5)?;
    let packed = big(whole).checked_sub(0x80_0000_0000)?;
    let (ymd, hms) = (packed >> 17, packed & 0x1_ffff);
    let (year, month, day) = ((ymd >> 5) / 13, (ymd >> 5) % 13, ymd & 31);
    let seconds = clock(hms >> 12, hms >> 6 & 63, hms & 63)?;
    at(year as i64, month as u8, day as u8, seconds, micros(fraction, digits)?)
}

/// TIMESTAMP(n): four bytes of seconds, big-endian; then the fraction. Zero seconds is the zero date.
pub(in crate::source) fn timestamp(bytes: &[u8], digits: u8) -> Option<Moment> {
    let (whole, fraction) = bytes.split_at_checked(4)?;
    let (seconds, micros) = (big(whole) as i64, micros(fraction, digits)?);
    (seconds != 0).then_some(Moment { seconds, nanos: micros * 1000 })
}

/// TIME(n): a sign, ten bits of hours, six each of minutes and seconds; the fraction is part of the signed number.
pub(in crate::source) fn time(bytes: &[u8], digits: u8) -> Option<Moment> {
    let width = 3 + usize::from(digits.div_ceil(2));
    if bytes.len() != width {
        return None;
    }
    let fraction_bits = 8 * (width as u32 - 3);
    let packed = big(bytes) as i64 - (1i64 << (23 + fraction_bits));
    let size = packed.unsigned_abs();
    let (whole, fraction) = (size >> fraction_bits, size & ((1 << fraction_bits) - 1));
    let (hours, minutes, seconds) = (whole >> 12 & 0x3ff, whole >> 6 & 63, whole & 63);
    let micros = scaled(fraction, digits)?;
    if hours > 838 || minutes > 59 || seconds > 59 {
        return None;
    }
    let sign = if packed < 0 { -1 } else { 1 };
    let seconds = (hours * 3600 + minutes * 60 + seconds) as i64;
    Some(Moment { seconds: sign * seconds, nanos: sign as i32 * micros * 1000 })
}

/// The old TIMESTAMP: little-endian seconds.
pub(in crate::source) fn old_timestamp(bytes: &[u8]) -> Option<Moment> {
    let seconds = little(bytes) as i64;
    (seconds != 0).then_some(Moment { seconds, nanos: 0 })
}

/// The old DATETIME: the digits YYYYMMDDHHMMSS as one number.
pub(in crate::source) fn old_datetime(bytes: &[u8]) -> Option<Moment> {
    let number = little(bytes);
    let (date, time) = (number / 1_000_000, number % 1_000_000);
    let seconds = clock(time / 10_000, time / 100 % 100, time % 100)?;
    at(i64::try_from(date / 10_000).ok()?, (date / 100 % 100) as u8, (date % 100) as u8, seconds, 0)
}

/// The old TIME: the digits HHHMMSS as one signed number of three bytes.
pub(in crate::source) fn old_time(bytes: &[u8]) -> Option<Moment> {
    let raw = little(bytes) as i64;
    let signed = if raw & 0x80_0000 != 0 { raw - 0x100_0000 } else { raw };
    let size = signed.abs();
    let (hours, minutes, seconds) = (size / 10_000, size / 100 % 100, size % 100);
    if hours > 838 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some(Moment { seconds: signed.signum() * (hours * 3600 + minutes * 60 + seconds), nanos: 0 })
}

fn micros(bytes: &[u8], digits: u8) -> Option<i32> {
    if bytes.len() != usize::from(digits.div_ceil(2)) {
        return None;
    }
    scaled(big(bytes), digits)
}

/// Fractions are stored in whole bytes: hundredths, ten-thousandths or millionths.
fn scaled(fraction: u64, digits: u8) -> Option<i32> {
    let micros = match digits {
        0 => fraction,
        1 | 2 => fraction * 10_000,
        3 | 4 => fraction * 100,
        _ => fraction,
    };
    (micros < 1_000_000).then_some(micros as i32)
}

fn clock(hours: u64, minutes: u64, seconds: u64) -> Option<i64> {
    (hours < 24 && minutes < 60 && seconds < 60).then_some((hours * 3600 + minutes * 60 + seconds) as i64)
}

fn at(year: i64, month: u8, day: u8, seconds: i64, micros: i32) -> Option<Moment> {
    is_day(year, month, day)
        .then(|| Moment { seconds: days(year, month, day) * 86_400 + seconds, nanos: micros * 1000 })
}

/// True for a day of the calendar from year 1 to 9999: what ISO 8601 and protobuf's timestamp can say.
fn is_day(year: i64, month: u8, day: u8) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=9999).contains(&year) && (1..=length).contains(&day)
}

/// Days from 1970-01-01, by counting years that begin in March.
fn days(year: i64, month: u8, day: u8) -> i64 {
    let (month, day) = (i64::from(month), i64::from(day));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The calendar day and second of day of a number of seconds since the epoch.
pub(in crate::source) fn civil(seconds: i64) -> (i64, u8, u8, i64) {
    let (days, of_day) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + carry, month as u8, day as u8, of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_are_each_others_inverse() {
        for day in (-719_162..2_932_896).step_by(97) {
            let (year, month, of_month, rest) = civil(day * 86_400 + 5);
            assert_eq!((days(year, month, of_month), rest), (day, 5));
        }
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 11_017);
    }

    #[test]
    fn dates() {
        let packed = |year: u32, month: u32, day: u32| (year << 9 | month << 5 | day).to_le_bytes();
        assert_eq!(date(&packed(2026, 11, 22)[..3]), Some((2026, 11, 22)));
        assert_eq!(date(&packed(2024, 2, 29)[..3]), Some((2024, 2, 29)));
        for (year, month, day) in [(0, 0, 0), (2026, 0, 5), (2026, 5, 0), (2023, 2, 29), (0, 1, 1)] {
            assert_eq!(date(&packed(year, month, day)[..3]), None);
        }
    }

    #[test]
    fn datetimes() {
        // 2009-12-31 23:59:59.99 as DATETIME(2), hand-packed.
        let packed = ((2009u64 * 13 + 12) << 5 | 31) << 17 | 23 << 12 | 59 << 6 | 59;
        let mut bytes = (packed + 0x80_0000_0000).to_be_bytes()[3..].to_vec();
        bytes.push(99);
        assert_eq!(datetime(&bytes, 2), Some(Moment { seconds: 1_262_303_999, nanos: 990_000_000 }));
        assert_eq!(datetime(&[0x80, 0, 0, 0, 0], 0), None, "the zero date");
        assert_eq!(datetime(&[0, 0, 0, 0, 0], 0), None);
    }

    #[test]
    fn negative_fractions_of_a_time() {
        // TIME(1) -00:00:00.1 and TIME(2) -00:00:01.05, which the servers store as two's complement of the whole.
        let bytes = |size: i64, bits: u32| (((1i64 << (23 + bits)) - size) as u64).to_be_bytes();
        assert_eq!(time(&bytes(10, 8)[4..], 1), Some(Moment { seconds: 0, nanos: -100_000_000 }));
        assert_eq!(time(&bytes(1 << 8 | 5, 8)[4..], 2), Some(Moment { seconds: -1, nanos: -50_000_000 }));
        let whole = (838 << 12 | 59 << 6 | 59) << 24;
        assert_eq!(time(&bytes(whole, 24)[2..], 6), Some(Moment { seconds: -3_020_399, nanos: 0 }));
        assert_eq!(time(&bytes(whole, 24)[3..], 6), None);
    }

    #[test]
    fn old_formats() {
        let number = 20_261_122_063_647u64.to_le_bytes();
        assert_eq!(old_datetime(&number), Some(Moment { seconds: 1_795_329_407, nanos: 0 }));
        assert_eq!(old_time(&(-83_959_i32).to_le_bytes()[..3]), Some(Moment { seconds: -31_199, nanos: 0 }));
        assert_eq!(old_timestamp(&[0, 0, 0, 0]), None);
    }

    #[test]
    fn zero_timestamps_are_refused() {
        assert_eq!(timestamp(&[0, 0, 0, 0], 0), None);
        assert_eq!(timestamp(&[0, 0, 0, 1, 0x7b, 0x0c], 4), None, "31500 ten-thousandths");
        assert_eq!(timestamp(&[0, 0, 0, 1, 0x00, 0x01], 4), Some(Moment { seconds: 1, nanos: 100_000 }));
    }
}
