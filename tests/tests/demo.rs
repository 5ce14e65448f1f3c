//! The demo of the README: the recorded morning on the embedded broker, told to the end. `STORM_BLESS=1` writes what it
//! says now.

use std::fs;
use std::process::Command;

#[test]
fn the_recorded_morning_is_told_to_its_end() {
    let root = storm_tests::root();
    let output = Command::new(storm_tests::example_programs().join("shop-demo"))
        .arg("--recording")
        .arg(root.join("models/shop/recording"))
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("refused"), "the broker goes last, and nobody complains of that: {errors}");
    let said = String::from_utf8(output.stdout).unwrap();
    let (first, story) = said.split_once('\n').unwrap();
    assert!(first.contains("on an embedded broker at 127.0.0.1:"), "{first}");
    assert!(!said.contains('\u{1b}'), "no colours in a pipe");
    let expected = root.join("tests/demo/expected.txt");
    if std::env::var_os("STORM_BLESS").is_some() {
        fs::create_dir_all(expected.parent().unwrap()).unwrap();
        fs::write(&expected, story).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&expected).unwrap_or_default(),
        story,
        "STORM_BLESS=1 writes it; stderr:\n{errors}"
    );
}
