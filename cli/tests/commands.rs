//! The commands as a person types them, and what they say when held wrong.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn stormc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stormc"))
        .args(["--color", "never"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[track_caller]
fn fails(folder: &Path, arguments: &[&str], code: i32, words: &str) {
    let output = stormc(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    assert!(said(&output).contains(words), "`{words}` is not in:\n{}", said(&output));
}

#[track_caller]
fn works(folder: &Path, arguments: &[&str]) -> String {
    let output = stormc(folder, arguments);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

fn models() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

#[test]
fn a_new_model_checks_draws_and_generates() {
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    assert!(works(&folder, &["check"]).contains("service"), "the first model reaches service depth");
    works(&folder, &["render", "-o", "wall.svg"]);
    assert!(fs::read_to_string(folder.join("wall.svg")).unwrap().starts_with("<svg"));
    works(&folder, &["generate"]);
    assert!(folder.join("service/vendor/storm-runtime/Cargo.toml").is_file());
    assert!(folder.join("storm.lock").is_file());
    let again = works(&folder, &["generate"]);
    assert!(again.contains("0 written, 0 removed"), "{again}");
    works(&folder, &["generate", "--check"]);
}

#[test]
fn every_model_that_people_learn_from_checks_and_draws() {
    for model in ["shop", "minimal", "fulfilment"] {
        let folder = models().join(model);
        let check = works(&folder, &["check"]);
        assert!(check.contains("0 errors, 0 warnings"), "{model}: {check}");
        works(&folder, &["render", "-o", "-"]);
        let graph = works(&folder, &["graph", "--format", "json"]);
        serde_json::from_str::<serde_json::Value>(&graph).unwrap();
        assert!(works(&folder, &["graph", "--format", "dot"]).starts_with("digraph"));
    }
}

#[test]
fn generate_check_fails_when_a_file_was_edited() {
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    fails(&folder, &["generate", "--check"], 1, "S0816");
    works(&folder, &["generate"]);
    let proto = folder.join("service/proto/bakery/orders/v1/events.proto");
    fs::write(&proto, fs::read_to_string(&proto).unwrap() + "// mine\n").unwrap();
    fails(&folder, &["generate", "--check"], 1, "events.proto");
}

#[test]
fn unchanged_files_keep_their_time_stamps() {
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    works(&folder, &["generate"]);
    let stamp =
        || fs::metadata(folder.join("service/orders/src/model/policies.rs")).unwrap().modified().unwrap();
    let before = stamp();
    works(&folder, &["generate"]);
    assert_eq!(stamp(), before);
}

#[test]
fn held_wrong() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    fails(folder, &["check"], 1, "S0812");
    fails(folder, &["new", "Not A Name"], 1, "S0817");
    fails(folder, &["new", "Not A Name"], 1, "a letter, then letters, digits and `-`");
    fails(folder, &["plan", "--brokers", "localhost"], 2, "`localhost` is no address: write HOST:PORT");
    let set = ["dlq", "list", "--brokers", "127.0.0.1:1", "--set", "sasl.passwrod=hunter2"];
    let unknown = stormc(folder, &set);
    assert!(said(&unknown).contains("`sasl.passwrod`"), "{}", said(&unknown));
    assert!(!said(&unknown).contains("hunter2"), "a value may be a password: {}", said(&unknown));
    fs::create_dir(folder.join("taken")).unwrap();
    fails(folder, &["new", "taken"], 1, "S0815");

    fs::write(folder.join("latin.storm"), b"context Caf\xe9 { }").unwrap();
    fails(folder, &["check", "latin.storm"], 1, "S0811");
    fs::write(folder.join("empty.storm"), "").unwrap();
    fails(folder, &["check", "empty.storm"], 1, "S0802");
    fs::write(folder.join("big.storm"), "// filler\n".repeat(1_000_000)).unwrap();
    fails(folder, &["check", "big.storm"], 1, "S0801");
    fs::write(folder.join("storm.toml"), "nmae = 'x'\n").unwrap();
    fails(folder, &["check", "empty.storm"], 1, "S0814");
}

/// What surrounds `stormc` is wrong: each time a code that is explained, the place, and exit code 2.
#[test]
fn what_the_world_refuses_has_a_code() {
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = &place.path().join("bakery");
    fs::write(folder.join("file"), "").unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    let cases: [(&[&str], &str, &str); 9] = [
        (&["check", "nowhere"], "S0831", "cannot read `nowhere`"),
        (&["tail", "orders", "--descriptors", "nowhere", "--brokers", "127.0.0.1:1"], "S0831", "`nowhere`"),
        (&["plan", "--kafka-config", "nowhere"], "S0831", "cannot read `nowhere`"),
        (&["plan", "--kafka-config", "folder"], "S0831", "cannot read `folder`"),
        (&["render", "-o", "file/wall.svg"], "S0832", "`file`"),
        (&["render", "-o", "folder"], "S0832", "cannot write `folder`"),
        (&["generate", "--out", "file/service"], "S0832", "cannot create `file/service`"),
        (&["explain", "S9999"], "S0833", "`S9999`"),
        (&["explain", "K-999"], "S0833", "`K-999`"),
    ];
    for (arguments, code, words) in cases {
        fails(folder, arguments, 2, &format!("{code}\n"));
        fails(folder, arguments, 2, words);
        fails(folder, arguments, 2, "help: ");
        works(folder, &["explain", code]);
    }
    assert!(!folder.join("storm.lock").exists(), "a refusal writes nothing");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_broken_rustfmt_have_codes() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    let run = |command: &mut Command| {
        let output = command.current_dir(&folder).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        said(&output)
    };
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let told = run(Command::new(env!("CARGO_BIN_EXE_stormc")).arg("explain").stdout(full));
    assert!(told.contains("S0832") && told.contains("cannot write to standard output"), "{told}");

    let rustfmt = folder.join("rustfmt");
    fs::write(&rustfmt, "#!/bin/sh\necho 'a comma is missing' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&rustfmt, fs::Permissions::from_mode(0o755)).unwrap();
    let told = run(Command::new(env!("CARGO_BIN_EXE_stormc")).arg("generate").env("PATH", &folder));
    assert!(told.contains("S0834") && told.contains("a comma is missing"), "{told}");
    let told =
        run(Command::new(env!("CARGO_BIN_EXE_stormc")).arg("generate").env("TMPDIR", folder.join("nowhere")));
    assert!(told.contains("S0832") && told.contains("nowhere"), "{told}");
    assert!(!folder.join("storm.lock").exists(), "a refusal writes nothing");
}

#[test]
fn a_persons_file_in_the_output_folder_stops_everything() {
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    fs::create_dir(folder.join("service")).unwrap();
    fs::write(folder.join("service/Cargo.toml"), "[workspace]\n").unwrap();
    fails(&folder, &["generate"], 1, "S0813");
    assert_eq!(fs::read_dir(folder.join("service")).unwrap().count(), 1, "nothing else was written");
    assert!(!folder.join("storm.lock").exists());
}

#[test]
fn a_services_manifest_is_a_persons_and_must_fit() {
    let place = tempfile::tempdir().unwrap();
    works(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    works(&folder, &["generate"]);
    let manifest = folder.join("service/orders/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let theirs = text.replace("[dependencies]\n", "[dependencies]\nureq = \"3\"\n");
    fs::write(&manifest, &theirs).unwrap();
    works(&folder, &["generate"]);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), theirs, "what a person adds stays");
    fs::write(&manifest, theirs.replace("prost.workspace = true\n", "")).unwrap();
    fails(&folder, &["generate"], 1, "S0818");
    fails(&folder, &["generate"], 1, "write `prost = { workspace = true }` under `[dependencies]`");
}

#[test]
fn every_code_explains_itself() {
    let place = tempfile::tempdir().unwrap();
    let list = works(place.path(), &["explain"]);
    assert!(list.lines().count() > 40);
    for line in list.lines() {
        let code = line.split_whitespace().next().unwrap();
        assert!(works(place.path(), &["explain", code]).contains(code));
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_no_command_badly() {
    use std::process::Stdio;
    for arguments in
        [&["explain"][..], &["graph", "shop", "--format", "json"], &["render", "shop", "-o", "-"]]
    {
        let mut running = Command::new(env!("CARGO_BIN_EXE_stormc"))
            .args(arguments)
            .current_dir(models())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(running.stdout.take());
        let output = running.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        assert_eq!(said(&output), "", "{arguments:?}");
    }
}

/// Each `stormc` command of the operator's guide, with something in place of what is to be filled in.
#[test]
fn the_commands_of_the_operators_guide_are_taken() {
    let guide = fs::read_to_string(models().join("../docs/operate.md")).unwrap();
    let spans = guide.split('`').flat_map(str::lines).filter(|text| text.starts_with("stormc "));
    let commands: std::collections::BTreeSet<&str> = spans.collect();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        let words = command.split(' ').skip(1);
        let filled = words.map(|word| if word.starts_with('<') && word.ends_with('>') { "7" } else { word });
        let words: Vec<&str> = filled.chain(["--help"]).collect();
        works(&models(), &words);
    }
}

#[test]
fn what_stops_a_service_is_explained_as_well() {
    let told = works(&models(), &["explain", "k-105"]);
    assert!(told.starts_with("K-105: ") && told.contains("What to do: "), "{told}");
    assert!(
        told.contains("\n    kafka-consumer-groups.sh --bootstrap-server"),
        "the guide's command: {told}"
    );
    let alert = works(&models(), &["explain", "StormDown"]);
    assert!(alert.contains("a code means a halt"), "{alert}");
    assert!(works(&models(), &["explain"]).lines().any(|line| line.starts_with("K-105  ")));
}
