//! A record of ours as an operator reads it: CloudEvents' attributes, tenant, key and lineage out of key and headers.
//! The names are the contract on the wire; the runtime writes them, and the two crates do not know each other.
//! It must not know: Kafka, or how a body is decoded.

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;

use crate::kafka::Record;

/// What stands in a record's headers and key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// `ce_type`: the message's full name.
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) source: Option<String>,
    /// When it happened; when it was written, where the record does not say.
    pub(crate) time: String,
    pub(crate) tenant: Option<String>,
    /// The aggregate's key, without the tenant.
    pub(crate) key: Option<String>,
    pub(crate) lineage: Option<Lineage>,
}

/// Where a record comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Lineage {
    pub(crate) correlation: String,
    pub(crate) causation: String,
    pub(crate) traceparent: String,
    pub(crate) hop: u32,
}

impl Head {
    pub(crate) fn of(record: &Record) -> Self {
        let text = |name: &str| record.header(name).map(str::to_owned);
        let source = text("ce_source");
        let tenant = source.as_deref().and_then(tenant).map(str::to_owned);
        let key = record.key.as_deref().map(|key| String::from_utf8_lossy(key).into_owned());
        let key = key.map(|key| match &tenant {
            Some(tenant) => key.strip_prefix(&format!("{tenant}\u{1f}")).unwrap_or(&key).to_owned(),
            None => key,
        });
        Self {
            name: text("ce_type"),
            id: text("ce_id"),
            time: text("ce_time").unwrap_or_else(|| moment(record.time)),
            lineage: record.header("lineage").and_then(lineage),
            source,
            tenant,
            key,
        }
    }

    /// The message's name without its package.
    pub(crate) fn short(&self) -> Option<&str> {
        self.name.as_deref()?.rsplit('.').next()
    }
}

/// `--type`, `--tenant` and `--key`.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Filter {
    /// Only messages of this type, by its full or short name; `*` stands for anything
    #[arg(long = "type", value_name = "NAME")]
    types: Vec<String>,
    /// Only this tenant's
    #[arg(long)]
    tenant: Option<String>,
    /// Only those of this aggregate key
    #[arg(long)]
    key: Option<String>,
}

impl Filter {
    pub(crate) fn takes(&self, head: &Head) -> bool {
        let name = head.name.as_deref().unwrap_or_default();
        let short = head.short().unwrap_or_default();
        let of_type = |wanted: &String| matches(wanted, name) || matches(wanted, short);
        (self.types.is_empty() || self.types.iter().any(of_type))
            && (self.tenant.is_none() || self.tenant == head.tenant)
            && (self.key.is_none() || self.key == head.key)
    }
}

/// True when `*` of the pattern can stand for what the text has in its places.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

/// The tenant in `/<source>/<tenant>`.
fn tenant(source: &str) -> Option<&str> {
    source.strip_prefix('/')?.split_once('/').map(|(_, tenant)| tenant)
}

/// Four parts joined by `|`, in which `%25` and `%7C` stand for `%` and `|`.
fn lineage(text: &str) -> Option<Lineage> {
    let mut parts = text.split('|').map(|part| part.replace("%7C", "|").replace("%25", "%"));
    let (correlation, causation, traceparent) = (parts.next()?, parts.next()?, parts.next()?);
    let hop = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(Lineage { correlation, causation, traceparent, hop })
}

/// A point in time as text; empty when there is none.
pub(crate) fn moment(millis: i64) -> String {
    match DateTime::from_timestamp_millis(millis) {
        Some(time) if millis > 0 => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        _ => String::new(),
    }
}

/// Reads `2026-11-22`, `2026-11-22T06:30:00Z`, or how long ago it was: `90s`, `30m`, `2h`, `7d`. In milliseconds.
pub(crate) fn parse_moment(text: &str) -> Result<i64, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.timestamp_millis());
    }
    if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis());
    }
    let seconds = |unit: &str| {
        Some(match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        })
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let ago = text[..digits].parse::<i64>().ok().zip(seconds(&text[digits..]));
    match ago.and_then(|(count, seconds)| count.checked_mul(seconds * 1_000)) {
        Some(ago) => Ok(chrono::Utc::now().timestamp_millis().saturating_sub(ago)),
        None => Err("write a time such as 2026-11-22T06:30:00Z, or how long ago: 90s, 30m, 2h, 7d".into()),
    }
}

/// How long ago, in one unit: `45s`, `12m`, `3h`, `9d`.
pub(crate) fn age(millis: i64) -> String {
    let seconds = (chrono::Utc::now().timestamp_millis() - millis).max(0) / 1_000;
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let header = |(name, value): (&str, &str)| (name.to_owned(), Some(value.as_bytes().to_vec()));
        let headers = [
            ("ce_type", "shop.ordering.v1.OrderPlaced"),
            ("ce_id", "shop.0/0-11-7/shop.orders/0/OrderPlaced"),
            ("ce_source", "/shop/berlin"),
            ("lineage", "began%7Cx|cause|00-a-b-01|2"),
        ];
        Record {
            key: Some(b"berlin\x1f42".to_vec()),
            time: 1_700_000_000_123,
            headers: headers.map(header).to_vec(),
            ..Record::default()
        }
    }

    #[test]
    fn a_head_is_read_from_key_and_headers() {
        let head = Head::of(&record());
        assert_eq!((head.tenant.as_deref(), head.key.as_deref()), (Some("berlin"), Some("42")));
        assert_eq!((head.short(), head.time.as_str()), (Some("OrderPlaced"), "2023-11-14T22:13:20.123Z"));
        let lineage = head.lineage.unwrap();
        assert_eq!((lineage.correlation.as_str(), lineage.hop), ("began|x", 2));
    }

    #[test]
    fn filters_by_type_tenant_and_key() {
        let head = Head::of(&record());
        let filter = |types: &[&str], tenant: Option<&str>, key: Option<&str>| Filter {
            types: types.iter().map(|name| (*name).to_owned()).collect(),
            tenant: tenant.map(Into::into),
            key: key.map(Into::into),
        };
        for taken in [&["OrderPlaced"][..], &["shop.*.OrderPlaced"], &["Order*"], &["x", "*ced"], &["*"], &[]]
        {
            assert!(filter(taken, Some("berlin"), Some("42")).takes(&head), "{taken:?}");
        }
        for left in [&["OrderPaid"][..], &["Order"], &["*x*"], &["shop.*.Paid"]] {
            assert!(!filter(left, None, None).takes(&head), "{left:?}");
        }
        assert!(!filter(&[], Some("paris"), None).takes(&head) && !filter(&[], None, Some("4")).takes(&head));
    }

    #[test]
    fn a_moment_is_a_time_or_how_long_ago() {
        assert_eq!(parse_moment("2023-11-14T22:13:20Z"), Ok(1_700_000_000_000));
        assert_eq!(parse_moment("1970-01-02"), Ok(86_400_000));
        let then = parse_moment("2h").unwrap();
        let ago = chrono::Utc::now().timestamp_millis() - then;
        assert!((7_200_000..7_260_000).contains(&ago), "{ago}");
        for wrong in ["", "2", "h", "2w", "yesterday", "99999999999999999999d"] {
            assert!(parse_moment(wrong).is_err(), "{wrong}");
        }
    }
}
