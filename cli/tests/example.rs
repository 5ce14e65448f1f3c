//! The committed example is what the model of the shop generates, byte for byte.

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
