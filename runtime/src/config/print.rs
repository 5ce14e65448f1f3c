//! `--print-config`: what is in force, every key with its doc line, secrets masked.
//! It must not know: what the keys are.

use super::Config;
use super::keys::KEYS;

/// The effective configuration as TOML, every key with its doc line, secrets masked.
pub(crate) fn print(config: &Config) -> String {
    let Ok(toml::Value::Table(table)) = toml::Value::try_from(config) else { return String::new() };
    let mut out = String::new();
    section(&table, "", &mut out);
    out
}

fn section(table: &toml::Table, path: &str, out: &mut String) {
    let (tables, values): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_table());
    if !path.is_empty() && !values.is_empty() {
        out.push_str(&format!("\n[{path}]\n"));
    }
    for (key, value) in values {
        let full = format!("{path}.{key}");
        if let Some(doc) = doc(&full) {
            out.push_str(&format!("# {doc}\n"));
        }
        // What a person put under [handlers] may be a secret: it is named and not shown.
        let shown = if path.starts_with("handlers") { "\"***\"".to_owned() } else { value.to_string() };
        out.push_str(&format!("{key} = {shown}\n"));
    }
    for (key, value) in tables {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if let Some(table) = value.as_table() {
            section(table, &full, out);
        }
    }
}

/// A key's doc line; `*` in the table stands for one name.
fn doc(key: &str) -> Option<&'static str> {
    let same = |pattern: &str| {
        pattern.split('.').count() == key.split('.').count()
            && pattern.split('.').zip(key.split('.')).all(|(want, got)| want == "*" || want == got)
    };
    KEYS.iter().find(|(pattern, _)| same(pattern)).map(|(_, doc)| *doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_doc_line() {
        let text = "[kafka]\nreplicas = 1\n[database]\ninbox_keep = '90d'\n[source.shop]\n[policy.P]\nthen = 'park'\nskip_before = \
                    '2026-11-22T06:32:05Z'\n[policy.P.retry]\ntimes = 1\nfrom = '1s'\nto = '2s'\n[command.C.retry]\ntimes = 1\nfrom = '1s'\nto = '2s'\n[schedule.S]\n[http]\ntoken = 'x'\n[http.tokens]\nci = 'y'\n\
                    [external.E]\nurl = 'u'\ntimeout = '1s'\nat_most = 5\nper = '1s'\n[webhook.W]\n";
        let config: Config = toml::from_str(text).unwrap();
        let printed = print(&config);
        let lines: Vec<&str> = printed.lines().filter(|line| !line.is_empty()).collect();
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ")) {
            assert!(lines[index - 1].starts_with("# "), "`{line}` has no doc line");
        }
        let documented = lines.iter().filter(|line| line.starts_with("# ")).count();
        assert_eq!(documented, KEYS.len() - 3, "the table holds a key that is not there");
    }

    #[test]
    fn secrets_are_masked() {
        let text = "[source.shop]\nurl = 'mysql://root:hunter2@db/shop'\n[kafka.settings]\n'sasl.password' = \
                    'hunter2'\n[handlers.bank]\ntoken = 'hunter2'\n";
        let config: Config = toml::from_str(text).unwrap();
        assert!(!print(&config).contains("hunter2"));
        assert!(!format!("{config:?}").contains("mysql://"));
    }
}
