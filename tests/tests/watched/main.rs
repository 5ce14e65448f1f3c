//! What is generated for Prometheus and Grafana, held by a real Prometheus: each query of the board and of the rules parses
//! and finds what the running demo shows, and each alert fires when it should.

mod alerts;
mod monitor;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use monitor::{Monitor, deploy};
use serde_json::Value;

/// Exporters that no test runs: their queries are held to parse.
const OUTSIDE: [&str; 2] = ["kafka_", "node_"];

/// A query of the board, as Grafana would send it.
struct Asked {
    panel: String,
    expr: String,
    /// Finding nothing is a good sign, and the panel says so.
    may_be_empty: bool,
}

/// Every query of the board, those of collapsed rows too.
fn board() -> Vec<Asked> {
    let board: Value =
        serde_json::from_str(&fs::read_to_string(deploy().join("grafana/boards/services.json")).unwrap())
            .unwrap();
    let (mut queries, mut left) = (Vec::new(), board["panels"].as_array().unwrap().clone());
    while let Some(panel) = left.pop() {
        left.extend(panel["panels"].as_array().into_iter().flatten().cloned());
        for target in panel["targets"].as_array().into_iter().flatten() {
            queries.push(Asked {
                panel: panel["title"].as_str().unwrap().to_owned(),
                expr: target["expr"].as_str().unwrap().replace("$context", ".*"),
                may_be_empty: panel["fieldConfig"]["defaults"]["noValue"].is_string(),
            });
        }
    }
    queries
}

/// An alert's expression without its threshold: what must be there for it to tell anything.
fn measured(expr: &str) -> &str {
    let at = [" == ", " > ", " < "].iter().filter_map(|sign| expr.rfind(sign)).max();
    &expr[..at.unwrap_or(expr.len())]
}

/// The names in an expression.
fn words(expr: &str) -> impl Iterator<Item = &str> {
    expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[test]
fn every_query_finds_what_the_demo_shows() {
    let Some(monitor) = Monitor::start() else { return };
    let mut queries = board();
    for rule in monitor.rules() {
        let expr = rule["query"].as_str().unwrap();
        let is_alert = rule["type"] == "alerting";
        let what = rule["name"].as_str().unwrap().to_owned();
        let expr = if is_alert { measured(expr) } else { expr }.to_owned();
        queries.push(Asked { panel: what, expr, may_be_empty: false });
    }
    assert!(queries.len() > 80, "{} queries", queries.len());
    let mut shown = BTreeSet::new();
    let empty = queries.iter().filter(|asked| asked.may_be_empty).count();
    assert!(empty < 4, "{empty} queries that may find nothing");
    for Asked { panel: what, expr, may_be_empty } in &queries {
        if words(expr).any(|word| OUTSIDE.iter().any(|exporter| word.starts_with(exporter))) {
            monitor.query(expr);
            continue;
        }
        if *may_be_empty {
            monitor.query(expr);
        } else {
            monitor.until_found(what, expr);
        }
        shown.extend(words(expr).filter(|word| word.starts_with("storm_")));
    }
    // What nobody looks at need not be counted.
    let all: BTreeSet<String> = monitor.names();
    let looked_at = |name: &String| {
        let family = name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
        shown.iter().any(|shown| shown.starts_with(family))
    };
    let unseen: Vec<&String> =
        all.iter().filter(|name| name.starts_with("storm_") && !looked_at(name)).collect();
    assert_eq!(unseen, Vec::<&String>::new(), "shown by the demo, and on no panel and in no rule");
    assert!(monitor.healthy_rules(), "a rule cannot be worked out");
}

#[test]
fn every_alert_fires_when_it_should() {
    let Some(programs) = monitor::programs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let rules = deploy().join("rules.yml");
    let run = |arguments: &[&std::ffi::OsStr]| {
        let output = Command::new(&programs.promtool).args(arguments).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    };
    run(&["check".as_ref(), "rules".as_ref(), rules.as_os_str()]);
    let tests = folder.path().join("alerts.yml");
    let text = fs::read_to_string(&rules).unwrap();
    let named: BTreeSet<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let tested: BTreeSet<&str> = alerts::CASES.iter().map(|case| case.alert).collect();
    assert_eq!(named, tested, "each alert has its case");
    fs::write(&tests, alerts::file(&rules)).unwrap();
    run(&["test".as_ref(), "rules".as_ref(), tests.as_os_str()]);
}
