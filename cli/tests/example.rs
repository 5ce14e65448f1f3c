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

/// They are a person's, and this person changed nothing: a key that came later must stand in them too.
#[test]
fn the_example_is_configured_as_a_new_service_would_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fresh = tempfile::tempdir().unwrap();
    // The lock is written beside the model.
    let model = fresh.path().join("shop");
    let copied = Command::new("cp").arg("-r").arg(root.join("models/shop")).arg(&model).status().unwrap();
    assert!(copied.success());
    let out = fresh.path().join("service");
    let output = Command::new(env!("CARGO_BIN_EXE_stormc"))
        .args(["generate", "-o"])
        .args([&out, &model])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for context in ["inventory", "ordering", "payments", "shipping"] {
        let name = format!("{context}/{context}.toml");
        let read = |folder: &Path| std::fs::read_to_string(folder.join(&name)).unwrap();
        let committed = root.join("generated-example");
        assert!(
            read(&committed) == read(&out),
            "generated-example/{name} is not what is written today: delete it, and run `cargo x bless`"
        );
    }
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
