//! The committed example, and the picture in the README, are what the model of the shop makes, byte for byte.

use std::path::Path;
use std::process::Command;

#[test]
fn the_example_is_what_the_shop_generates() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/shop");
    let output = Command::new(env!("CARGO_BIN_EXE_stormc"))
        .args(["generate", "--check"])
        .current_dir(shop)
        .output()
        .unwrap();
    assert!(output.status.success(), "run `cargo x bless`:\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_picture_is_what_the_shop_draws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env!("CARGO_BIN_EXE_stormc"))
        .args(["render", "models/shop", "-o", "-"])
        .current_dir(&root)
        .output()
        .unwrap();
    let picture = root.join("docs/pictures/shop.svg");
    if std::env::var_os("STORM_BLESS").is_some() {
        std::fs::write(&picture, &output.stdout).unwrap();
    }
    assert!(std::fs::read(&picture).unwrap() == output.stdout, "run `cargo x bless`");
}
