//! Reads the file and the environment into a checked configuration. `STORM_KAFKA__BROKERS` is `kafka.brokers`: the
//! environment wins.
//! It must not know: what a key means.

use std::path::Path;

use serde::Deserialize;

use super::Config;
use crate::fault::Fault;

/// The effective configuration. No path: the defaults and the environment alone.
///
/// # Errors
/// The file cannot be read (F-101), is not TOML or has a key or value that does not belong there (F-102, with its
/// line), a variable of the environment is wrong (F-103), or a value is out of its range (F-105).
pub(crate) fn read(
    path: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Fault> {
    let (name, text) = match path {
        None => (String::new(), String::new()),
        Some(path) => {
            let name = path.display().to_string();
            let unreadable = |error: std::io::Error| {
                let message = format!("`{name}` cannot be read: {}", error.kind());
                Fault::configuration("F-101", message, "name the file with `--config FILE`")
            };
            let text = std::fs::read_to_string(path).map_err(unreadable)?;
            (name, text)
        }
    };
    let wrong = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let line =
            text.lines().nth(at.saturating_sub(1)).unwrap_or_default().split('=').next().unwrap_or_default();
        let message = format!("{name}:{at}: `{}`: {}", line.trim(), error.message().replace('\n', "; "));
        Fault::configuration("F-102", message, "`--print-config` shows every key with its doc line")
    };
    toml::from_str::<Config>(&text).map_err(wrong)?;
    let mut table: toml::Table = text.parse().map_err(wrong)?;
    let mut variables: Vec<_> =
        environment.into_iter().filter(|(name, _)| name.starts_with("STORM_")).collect();
    variables.sort();
    for (variable, value) in variables {
        let Some((_, path)) = variable.split_once("STORM_").filter(|(_, path)| path.contains("__")) else {
            continue;
        };
        table = overlay(table, path, &value).map_err(|why| {
            let message = format!("the environment's `{variable}`: {why}");
            Fault::configuration("F-103", message, "`STORM_KAFKA__BROKERS` is the key `kafka.brokers`")
        })?;
    }
    let config: Config = table.try_into().map_err(wrong)?;
    super::keys::check(&config)?;
    Ok(config)
}

/// One variable over the table. The value is taken as TOML if that fits the key, else as text.
fn overlay(table: toml::Table, path: &str, value: &str) -> Result<toml::Table, String> {
    let parsed = format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut t| t.remove("v"));
    let text = toml::Value::String(value.to_owned());
    let mut why = String::new();
    for value in parsed.into_iter().chain([text]) {
        let mut with = table.clone();
        let mut parts: Vec<&str> = path.split("__").collect();
        let last = parts.pop().unwrap_or_default();
        let mut at = &mut with;
        for part in parts {
            let name = spelled(at, part);
            let next = at.entry(name).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            at = next.as_table_mut().ok_or_else(|| format!("`{part}` is not a section"))?;
        }
        at.insert(spelled(at, last), value);
        match Config::deserialize(with.clone()) {
            Ok(_) => return Ok(with),
            Err(error) => why = error.message().replace('\n', "; "),
        }
    }
    Err(why)
}

/// A name as the table spells it (a policy's name has capitals), else in lower case.
fn spelled(table: &toml::Table, part: &str) -> String {
    let same = table.keys().find(|key| key.eq_ignore_ascii_case(part));
    same.cloned().unwrap_or_else(|| part.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, environment: &[(&str, &str)]) -> Result<Config, Fault> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(Some(file.path()), environment.iter().map(|(k, v)| ((*k).into(), (*v).into())))
    }

    #[test]
    fn the_environment_wins() {
        let variables =
            [("STORM_KAFKA__BROKERS", "k:1"), ("STORM_SERVICE__THREADS", "3"), ("STORM_KAFKA", "x")];
        let config = read_text("[kafka]\nbrokers = 'file:9'\n", &variables).unwrap();
        assert_eq!((config.kafka.brokers.as_str(), config.service.threads), ("k:1", 3));
    }

    #[test]
    fn errors_name_the_key_and_its_line() {
        let fault = read_text("[kafka]\n\nbrokerz = 'x'\n", &[]).unwrap_err();
        assert_eq!(fault.code, "F-102");
        assert!(fault.message.contains(":3: `brokerz`"), "{}", fault.message);
        let fault = read_text("[capture]\ncommit_every = 'soon'\n", &[]).unwrap_err();
        assert!(
            fault.message.contains(":2:") && fault.message.contains("length of time"),
            "{}",
            fault.message
        );
        let fault = read_text("", &[("STORM_KAFKA__BROKERZ", "x")]).unwrap_err();
        assert_eq!(fault.code, "F-103");
        let fault = read_text("[dispatch]\nlanes = 0\n", &[]).unwrap_err();
        assert!(fault.code == "F-105" && fault.message.contains("`dispatch.lanes`"));
    }
}
