//! From a load to a number of partitions, with the reckoning in words.
//!
//! The rule: a partition is planned for at most 1,000 records/s and 10 MB/s; the skewed share counts twice, as it may
//! meet in one partition; twice that, as a keyed topic cannot grow without a drain; up to the next power of two.

use storm_dsl::model::Load;

/// Records a second that a partition is planned for: one at a time, a millisecond each.
const RECORDS: u64 = 1_000;
/// Bytes a second that a partition is planned for.
const BYTES: u64 = 10_000_000;
/// Room to grow.
const GROWTH: u64 = 2;

/// How many partitions carry this load.
pub(super) fn partitions(load: &Load, reckoning: &mut Vec<String>) -> u32 {
    let rate = load.millirate.div_ceil(1_000).max(1);
    let (share, keys) = load.skew.unwrap_or((0, 0));
    let hot = (rate * (100 + share)).div_ceil(100);
    let bytes = hot * load.bytes;
    let by_records = (hot * GROWTH).div_ceil(RECORDS);
    let by_bytes = (bytes * GROWTH).div_ceil(BYTES);
    let wanted = by_records.max(by_bytes).max(1);
    let count = u32::try_from(wanted).unwrap_or(u32::MAX / 2).next_power_of_two();
    let skew = if share > 0 {
        format!(", {share}% of it on {keys}% of the keys, counted twice")
    } else {
        String::new()
    };
    reckoning.push(format!(
        "{}/s of {}{skew}: {}/s, {}/s",
        grouped(rate),
        size(load.bytes),
        grouped(hot),
        size(bytes)
    ));
    reckoning.push(format!(
        "twice that to grow / {} records/s a partition = {by_records}; / {} a partition = {by_bytes}",
        grouped(RECORDS),
        size(BYTES)
    ));
    reckoning.push(format!("{wanted}, up to the next power of two: {count} partitions"));
    count
}

/// `400 B`, `50 GB`
pub(super) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(*unit) => format!("{} {name}", bytes / unit),
        Some((unit, name)) => format!("{}.{:02} {name}", bytes / unit, bytes % unit * 100 / unit),
        None => format!("{bytes} B"),
    }
}

/// `3 days`
pub(super) fn time(millis: u64) -> String {
    let units = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes"), (1_000, "seconds")];
    match units.iter().find(|(unit, _)| millis >= *unit && millis.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", millis / unit),
        None => format!("{millis} ms"),
    }
}

/// `2,000`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shop_needs_eight_partitions_and_says_why() {
        let load = Load { millirate: 2_000_000, bytes: 400, skew: Some((20, 1)) };
        let mut reckoning = Vec::new();
        assert_eq!(partitions(&load, &mut reckoning), 8);
        assert_eq!(
            reckoning[0],
            "2,000/s of 400 B, 20% of it on 1% of the keys, counted twice: 2,400/s, 960 kB/s"
        );
        assert!(reckoning[2].starts_with("5, up to"), "{reckoning:?}");
    }

    #[test]
    fn bytes_count_when_messages_are_large() {
        let load = Load { millirate: 100_000, bytes: 1_000_000, skew: None };
        assert_eq!(partitions(&load, &mut Vec::new()), 32);
    }
}
