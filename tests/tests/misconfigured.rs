//! What a service says of a configuration that is wrong: a code, the key, what to do, and exit code 1, before it asks
//! anybody for anything. No broker and no database is there: whoever waited for one would not come to its end.

use std::fs;
use std::process::{Command, Output};

/// A wrong configuration, the code, and words of what is said.
const CASES: &[(&str, &str, &[&str])] = &[
    ("[kafka", "F-102", &[":1:", "unclosed table"]),
    ("[kafak]\nbrokers = 'x'", "F-102", &["`kafak`", "`kafka`"]),
    ("[kafka]\nbroker = 'x'", "F-102", &[":2:", "`broker`", "`brokers`"]),
    ("[kafka]\nbrokers = 'nobody'", "F-105", &["`kafka.brokers` = `nobody`", "`host:port`"]),
    ("[dispatch]\nlanes = 'many'", "F-102", &[":2:", "`lanes`"]),
    ("[dispatch]\nlanes = 0", "F-105", &["`dispatch.lanes` = `0`", "1 to 1024"]),
    ("[http]\nlisten = '127.0.0.1:99999'", "F-105", &["`http.listen` = `127.0.0.1:99999`"]),
    ("[http]\nlisten = '0.0.0.0:0'", "A-101", &["`http.token`", "`http.open = true`"]),
    ("[log]\nlevel = 'storm=loud'", "F-104", &["`log.level`", "write `info`"]),
    ("[policy.Nope]\npause = true", "F-109", &["`policy.Nope`", "ChargeOnPlacement"]),
    ("[command.Nope]\ntimeout = '1s'", "F-109", &["`command.Nope`", "PlaceOrder"]),
    ("[schedule.Nope]\nmissed = 'all'", "F-109", &["`schedule.Nope`", "ExpireOrders"]),
    ("[external.Nope]\nwait = '1s'", "F-109", &["`external.Nope`", "there are none"]),
    ("[policy.ChargeOnPlacement.retry]\ntimes = 101", "F-105", &["`policy.*.retry.times`", "0 to 100"]),
    ("[policy.ChargeOnPlacement.retry]\nfrom = '0s'", "F-105", &["`policy.*.retry.from`", "1ms to 24h"]),
    (
        "[database]\nurl = 'postgres://db/shop'",
        "F-112",
        &["`database.url`", "mysql://user:password@host:port/database"],
    ),
    (
        "[database]\nurl = 'none'\noutbox_keep = '0s'",
        "F-105",
        &["`database.outbox_keep` = `0s`", "`forever`: never"],
    ),
    (
        "[database]\nurl = 'none'\ninbox_keep = '7d'",
        "F-114",
        &["`database.inbox_keep` = `7d`", "(30d)", "act again", "set it to `30d` or more"],
    ),
    ("[source.shop]\nurl = 'postgres://db/shop'", "F-112", &["`source.shop.url`"]),
    ("[source.shop]\nurl = ''", "F-113", &["`source.shop.url` is missing"]),
];

fn ordering(arguments: &[&str]) -> Output {
    Command::new(storm_tests::example_programs().join("ordering-service")).args(arguments).output().unwrap()
}

#[track_caller]
fn refused(what: &str, output: &Output, code: &str, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{what}:\n{said}");
    assert!(
        said.lines().any(|line| line.starts_with(&format!("error {code}: "))),
        "{what}: no {code}:\n{said}"
    );
    assert!(said.contains("\n  help: "), "{what}: nothing to do:\n{said}");
    for word in words {
        assert!(said.contains(word), "{what}: `{word}` is not in:\n{said}");
    }
}

#[test]
fn a_wrong_configuration_is_refused_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ordering.toml");
    // What is right otherwise, where it does not say something itself.
    let databases = "[database]\nurl = 'none'\n[source.shop]\nurl = 'mysql://nobody@127.0.0.1:1/shop'\n";
    for (wrong, code, words) in CASES {
        let about_databases = wrong.starts_with("[database]") || wrong.starts_with("[source");
        let source = "[source.shop]\nurl = 'mysql://nobody@127.0.0.1:1/shop'\n";
        let rest = match about_databases {
            true if wrong.starts_with("[database]") => source,
            true => "[database]\nurl = 'none'\n",
            false => databases,
        };
        fs::write(&file, format!("{wrong}\n{rest}")).unwrap();
        refused(wrong, &ordering(&["--config", file.to_str().unwrap()]), code, words);
    }
    refused("no such file", &ordering(&["--config", "nowhere.toml"]), "F-101", &["`nowhere.toml`"]);
    refused("no such flag", &ordering(&["--frob"]), "F-110", &["`--frob`"]);
    refused("no such loop", &ordering(&["--only", "dance"]), "F-110", &["`--only dance`"]);
}
