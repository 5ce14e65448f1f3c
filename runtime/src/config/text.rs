//! Values as people write them: lengths of time, sizes, secrets.
//! It must not know: which key a value belongs to.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time: `200ms`, `5s`, `1m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) struct Span(pub(crate) Duration);

/// How long something is kept: a length of time, or `forever`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    For(Span),
    Forever,
}

/// A size: `16MiB`, `512KiB`, or a number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) struct Size(pub(crate) usize);

/// A text that is never shown: a URL with a password, a client setting. `@/path` reads it from a file.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

/// A point in time: `2026-11-22T06:32:05Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) struct Moment(pub(crate) crate::Timestamp);

/// In seconds.
const DAY: u64 = 24 * 3_600;

impl Span {
    pub(crate) const fn seconds(n: u64) -> Self {
        Self(Duration::from_secs(n))
    }

    pub(crate) const fn days(n: u64) -> Self {
        Self(Duration::from_secs(n * DAY))
    }

    pub(crate) const fn millis(n: u64) -> Self {
        Self(Duration::from_millis(n))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "\"***\"" })
    }
}

/// A number and its unit.
fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..digits].parse().ok()?, text[digits..].trim()))
}

fn span(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(number.checked_mul(3_600)?)),
        "d" => Some(Duration::from_secs(number.checked_mul(DAY)?)),
        _ => None,
    }
}

fn size(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let unit = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number).ok()?.checked_mul(unit)
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            serde::de::Error::custom("a length of time is asked for, like `200ms`, `5s`, `1m`, `2h` or `7d`")
        };
        span(&text).map(Self).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || serde::de::Error::custom("a length of time is asked for, like `12h` or `60d`, or `forever`");
        match text.trim() {
            "forever" => Ok(Self::Forever),
            text => span(text).map(|span| Self::For(Span(span))).ok_or_else(wrong),
        }
    }
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl std::fmt::Display for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::For(span) => span.fmt(f),
            Self::Forever => f.write_str("forever"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (millis, day) = (self.0.as_millis(), u128::from(DAY) * 1_000);
        match millis {
            _ if millis > 0 && millis.is_multiple_of(day) => write!(f, "{}d", millis / day),
            _ if millis.is_multiple_of(1_000) => write!(f, "{}s", millis / 1_000),
            _ => write!(f, "{millis}ms"),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |_| serde::de::Error::custom("a point in time is asked for, like `2026-11-22T06:32:05Z`");
        let moment = chrono::DateTime::parse_from_rfc3339(&text).map_err(wrong)?;
        Ok(Self(moment.with_timezone(&chrono::Utc)))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(usize),
            Text(String),
        }
        let wrong =
            || serde::de::Error::custom("a size is asked for, like `16MiB`, `512KiB` or a number of bytes");
        match Either::deserialize(deserializer).map_err(|_| wrong())? {
            Either::Number(number) => Ok(Self(number)),
            Either::Text(text) => size(&text).map(Self).ok_or_else(wrong),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = match self.0 {
            n if n > 0 && n.is_multiple_of(1 << 20) => format!("{}MiB", n >> 20),
            n if n > 0 && n.is_multiple_of(1 << 10) => format!("{}KiB", n >> 10),
            n => n.to_string(),
        };
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix('@') {
            Some(path) => match std::fs::read_to_string(path) {
                Ok(content) => Ok(Self(content.trim_end().to_owned())),
                Err(error) => {
                    Err(serde::de::Error::custom(format!("`{path}` cannot be read: {}", error.kind())))
                }
            },
            None => Ok(Self(text)),
        }
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "***" })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn lengths_and_sizes_are_read_as_people_write_them() {
        assert_eq!(super::span("200ms"), Some(crate::millis(200)));
        assert_eq!(super::span("2h"), Some(crate::hours(2)));
        assert_eq!(super::span("7d"), Some(crate::hours(7 * 24)));
        assert_eq!(super::span("2 weeks"), None);
        let days = ["0s", "86399s", "1d", "86401s", "60d"].map(|text| super::span(text).unwrap());
        assert_eq!(
            days.map(|span| super::Span(span).to_string()),
            ["0s", "86399s", "1d", "86401s", "60d"],
            "shown as it is read"
        );
        assert_eq!(super::size("16MiB"), Some(16 << 20));
        assert_eq!(super::size("99999999999999999GiB"), None);
    }
}
