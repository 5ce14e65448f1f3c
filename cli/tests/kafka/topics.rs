//! `stormc plan` and `stormc apply`.

use std::fs;

use rdkafka::admin::{AdminOptions, AlterConfig, ResourceSpecifier};

use crate::bed::{Bed, PATIENCE, fresh, on_each};

/// A model with topics that nobody else has.
fn model() -> tempfile::TempDir {
    let context = fresh("Bakery");
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "context {context} {{\n aggregate Loaf key loaf_id: uuid\n actor Baker\n \
         command Bake by Baker on Loaf -> LoafBaked {{ loaf_id }}\n event LoafBaked on Loaf {{ loaf_id }}\n}}\n"
    );
    fs::write(folder.path().join("bakery.storm"), text).unwrap();
    fs::write(folder.path().join("storm.toml"), "name = \"bakery\"\n").unwrap();
    folder
}

/// Sets these settings of a topic, and no others, as someone would by hand.
fn alter(bed: &Bed, topic: &str, settings: &[(&str, &str)]) {
    let resource = AlterConfig::new(ResourceSpecifier::Topic(topic));
    let change = settings.iter().fold(resource, |change, (name, value)| change.set(name, value));
    let done = bed.runtime.block_on(bed.admin().alter_configs([&change], &AdminOptions::new())).unwrap();
    done[0].as_ref().unwrap();
}

#[test]
fn plan_shows_what_apply_then_makes() {
    on_each(|bed| {
        let folder = model();
        let place = folder.path().to_str().unwrap();
        let plan = bed.ends(&["plan", place, "--format", "json"], 3).json();
        let topics: Vec<_> = plan["topics"].as_array().unwrap().clone();
        assert!(!topics.is_empty() && topics.iter().all(|topic| topic["state"] == "absent"), "{plan}");

        let asked = bed.ends(&["apply", place], 1);
        assert!(asked.err.contains("S0826"), "{}", asked.err);
        bed.ends(&["plan", place], 3);
        let applied = bed.ends(&["apply", place, "--yes"], 0);
        assert_eq!(applied.out.matches("created `").count(), topics.len(), "{}", applied.out);
        let same = bed.ends(&["plan", place], 0);
        assert!(same.out.contains("0 absent, 0 different"), "{}", same.out);
        let again = bed.ends(&["apply", place], 0);
        assert!(!again.out.contains("created"), "nothing to do, nothing asked: {}", again.out);
    });
}

#[test]
fn a_setting_changed_by_hand_is_seen_and_set_back_and_others_stay() {
    on_each(|bed| {
        let folder = model();
        let place = folder.path().to_str().unwrap();
        let plan = bed.ends(&["plan", place, "--format", "json"], 3).json();
        bed.ends(&["apply", place, "--yes"], 0);
        let topics = plan["topics"].as_array().unwrap();
        let events = topics.iter().find(|topic| topic["stream"] == "events").unwrap();
        let name = events["topic"].as_str().unwrap();
        let wanted = events["settings"]["retention.ms"].as_str().unwrap();

        alter(
            bed,
            name,
            &[("retention.ms", "3600000"), ("compression.type", "lz4"), ("cleanup.policy", "delete")],
        );
        let begun = std::time::Instant::now();
        while bed.run(&["plan", place]).code != Some(3) {
            assert!(begun.elapsed() < PATIENCE, "the brokers do not show what was altered");
        }
        let plan = bed.ends(&["plan", place], 3);
        let line = plan.out.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains("retention.ms") && line.contains("3600000 (1 hour)"), "{line}");
        let applied = bed.ends(&["apply", place, "--yes"], 0);
        assert!(applied.out.contains(&format!("retention.ms={wanted}")), "{}", applied.out);
        let plan = bed.ends(&["plan", place, "--format", "json"], 0).json();
        let topic =
            plan["topics"].as_array().unwrap().iter().find(|topic| topic["topic"] == name).unwrap().clone();
        assert_eq!(topic["beside"]["compression.type"], "lz4", "{topic}");
    });
}

#[test]
fn partitions_are_added_after_a_drain_alone_and_never_taken_away() {
    on_each(|bed| {
        let folder = model();
        let place = folder.path().to_str().unwrap();
        let plan = bed.ends(&["plan", place, "--format", "json"], 3).json();
        let topics = plan["topics"].as_array().unwrap();
        let name = |stream: &str| {
            let topic = topics.iter().find(|topic| topic["stream"] == stream).unwrap();
            (topic["topic"].as_str().unwrap().to_owned(), topic["partitions"].as_i64().unwrap() as i32)
        };
        let ((few, wanted), (many, fewer)) = (name("events"), name("commands"));
        bed.topic(&few, wanted - 1);
        bed.topic(&many, fewer + 1);
        let applied = bed.ends(&["apply", place, "--yes"], 3);
        assert!(
            applied.out.contains(&format!("left: `{few}`")) && applied.out.contains("--after-drain"),
            "{}",
            applied.out
        );
        assert!(applied.out.contains(&format!("left: `{many}`")), "{}", applied.out);
        let applied = bed.ends(&["apply", place, "--yes", "--after-drain"], 3);
        assert!(applied.out.contains(&format!("`{few}` has {wanted} partitions now")), "{}", applied.out);
        let plan = bed.ends(&["plan", place], 3);
        assert!(!plan.out.contains(&few) && plan.out.contains(&many), "{}", plan.out);
    });
}

#[test]
fn a_broker_that_does_not_answer_and_a_wrong_model_are_told_apart() {
    let folder = model();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let stormc = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stormc"));
        crate::bed::said(
            &command.args(["--color", "never"]).args(arguments).current_dir(&folder).output().unwrap(),
        )
    };
    let unreachable = stormc(&["plan", "--brokers", &nobody]);
    assert_eq!(unreachable.code, Some(2), "{}", unreachable.err);
    assert!(unreachable.err.contains("S0821") && unreachable.err.contains(&nobody), "{}", unreachable.err);
    let setting = stormc(&["plan", "--brokers", &nobody, "--set", "no.such=1"]);
    assert!(setting.code == Some(2) && setting.err.contains("S0823"), "{}", setting.err);
    fs::write(folder.path().join("bakery.storm"), "context {").unwrap();
    assert_eq!(stormc(&["plan", "--brokers", &nobody]).code, Some(1));
}
