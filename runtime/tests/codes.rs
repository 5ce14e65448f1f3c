//! Every code that the runtime can say is explained in docs/codes.md.

use std::collections::BTreeSet;
use std::path::Path;

/// The codes in a text: a quoted capital letter, a dash and three digits.
fn codes(text: &str, quote: &str, into: &mut BTreeSet<String>) {
    for part in text.split(quote) {
        let bytes = part.as_bytes();
        let is_code = bytes.len() == 5 && bytes[0].is_ascii_uppercase() && bytes[1] == b'-';
        if is_code && bytes[2..].iter().all(u8::is_ascii_digit) {
            into.insert(part.to_owned());
        }
    }
}

fn walk(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        // The testing rig's script says a code of its own.
        if path.ends_with("testing") {
            continue;
        }
        if path.is_dir() {
            walk(&path, into);
        } else {
            codes(&std::fs::read_to_string(&path).unwrap(), "\"", into);
        }
    }
}

#[test]
fn every_code_is_explained() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut said, mut explained) = (BTreeSet::new(), BTreeSet::new());
    walk(&home.join("src"), &mut said);
    walk(&home.join("../contract/src"), &mut said);
    codes(
        &std::fs::read_to_string(home.join("../docs/codes.md"))
            .unwrap()
            .replace("| ", "|")
            .replace(" |", "|"),
        "|",
        &mut explained,
    );
    assert!(said.len() > 50, "codes are found at all");
    assert_eq!(said.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new(), "said, not explained");
    assert_eq!(
        explained.difference(&said).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "explained, never said"
    );
}
