//! What is generated for Prometheus and Grafana, held by a real Prometheus: each query of the board and of the rules finds
//! what the running demo, a real Kafka and a machine show, and each alert fires when it should.

mod alerts;
mod monitor;
mod process;
mod shown;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use monitor::{Monitor, deploy};
use serde_json::Value;
use shown::{Demo, Outside};

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
    if let Some(series) = expr.strip_prefix("absent(") {
        return series.trim_end_matches(')');
    }
    let at = [" == ", " > ", " < "].iter().filter_map(|sign| expr.rfind(sign)).max();
    &expr[..at.unwrap_or(expr.len())]
}

/// The names in an expression.
fn words(expr: &str) -> impl Iterator<Item = &str> {
    expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// Asked of brokers and machines, not of services: their names, or their jobs.
fn is_outside(expr: &str) -> bool {
    let ours = |word: &str| word.starts_with("kafka_") || word.starts_with("node_");
    words(expr).any(|word| ours(word) || word == "kafka" || word == "node")
}

/// Every query of the board and of the rules that is outside, or that is not.
fn asked(monitor: &Monitor, outside: bool) -> Vec<Asked> {
    let mut queries = board();
    for rule in monitor.rules() {
        let expr = rule["query"].as_str().unwrap();
        let is_alert = rule["type"] == "alerting";
        let what = rule["name"].as_str().unwrap().to_owned();
        let expr = if is_alert { measured(expr) } else { expr }.to_owned();
        queries.push(Asked { panel: what, expr, may_be_empty: false });
    }
    queries.retain(|asked| is_outside(&asked.expr) == outside);
    queries
}

/// Each query finds something, and what is shown under a name that begins so is looked at by one of them.
fn all_is_found(monitor: &Monitor, queries: &[Asked], prefix: &str) {
    let mut shown = BTreeSet::new();
    for Asked { panel: what, expr, may_be_empty } in queries {
        if *may_be_empty {
            monitor.query(expr);
        } else {
            monitor.until_found(what, expr);
        }
        shown.extend(words(expr).filter(|word| word.starts_with(prefix)));
    }
    // What nobody looks at need not be counted.
    let all: BTreeSet<String> = monitor.names();
    let looked_at = |name: &String| {
        let family = name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
        shown.iter().any(|shown| shown.starts_with(family))
    };
    let unseen: Vec<&String> =
        all.iter().filter(|name| name.starts_with(prefix) && !looked_at(name)).collect();
    assert_eq!(unseen, Vec::<&String>::new(), "shown, and on no panel and in no rule");
    assert!(monitor.healthy_rules(), "a rule cannot be worked out");
}

#[test]
fn every_query_finds_what_the_demo_shows() {
    if monitor::programs().is_none() {
        return;
    }
    let demo = Demo::start();
    let Some(monitor) = Monitor::start(&[("services", demo.port)]) else { return };
    let queries = asked(&monitor, false);
    assert!(queries.len() > 80, "{} queries", queries.len());
    let empty = queries.iter().filter(|asked| asked.may_be_empty).count();
    assert!(empty < 4, "{empty} queries that may find nothing");
    all_is_found(&monitor, &queries, "storm_");
}

#[test]
fn every_query_finds_what_a_broker_and_a_machine_show() {
    let Some(outside) = Outside::start() else { return };
    let jobs = [("kafka", outside.broker), ("node", outside.machine)];
    let Some(monitor) = Monitor::start(&jobs) else { return };
    let queries = asked(&monitor, true);
    assert!(queries.len() > 12, "{} queries", queries.len());
    assert!(queries.iter().all(|asked| !asked.may_be_empty), "a broker shows all of it");
    all_is_found(&monitor, &queries, "kafka_");
}

/// The images of the generated deployment are what these tests run, and are where Prometheus looks for them.
#[test]
fn the_deployment_runs_what_is_tested() {
    let read = |path: &str| fs::read_to_string(storm_tests::root().join(path)).unwrap();
    let image = read("generated-example/deploy/kafka.Dockerfile");
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no `{before}` in:\n{text}"));
        rest.split_once(after).unwrap().0.to_owned()
    };
    let version = |pom: &str, artifact: &str| {
        between(&between(&read(pom), artifact, "</dependency>"), "<version>", "</version>")
    };
    let agent = version("servers/jmx/pom.xml", "<artifactId>jmx_prometheus_javaagent</artifactId>");
    assert_eq!(between(&image, "jmx_prometheus_javaagent:", " "), agent);
    let kafka = version("servers/kafka/pom.xml", "<artifactId>kafka_2.13</artifactId>");
    assert_eq!(between(&image, "FROM apache/kafka:", "\n"), kafka);
    let compose = read("generated-example/deploy/compose.yaml");
    let targets = read("generated-example/deploy/prometheus.yml");
    let is_target = |(_, port): &(&str, &str)| port.parse::<u16>().is_ok();
    let items = targets.lines().filter_map(|line| line.trim().strip_prefix("- ")?.rsplit_once(':'));
    let targets: Vec<(&str, &str)> = items.filter(is_target).collect();
    assert!(targets.len() > 3, "{targets:?}");
    for (host, port) in targets {
        let service = between(&(compose.clone() + "\n\n"), &format!("\n  {host}:\n"), "\n\n");
        let named = service.contains(&format!(":{port}\n")) || service.contains(&format!("={port}:"));
        // That exporter listens there unless told otherwise.
        let is_own = (host, port) == ("node-exporter", "9100");
        assert!(named || is_own, "{host}:{port} is not in:\n{service}");
    }
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
