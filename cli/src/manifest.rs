//! A service's manifest is a person's; the generated code beside it needs what was in it when it was written. It must
//! not know how either is made.

use std::path::Path;

use storm_codegen::files::{File, Ownership};
use toml::Table;

use crate::report::Stop;
use crate::rules;

/// Refuses a person's manifest that no longer builds what is generated beside it.
///
/// # Errors
/// A manifest is no TOML, names its library otherwise, or lacks a dependency (S0818).
pub(crate) fn check(out: &Path, files: &[File]) -> Result<(), Stop> {
    let manifests =
        files.iter().filter(|file| file.ownership == Ownership::Person && file.path.ends_with("/Cargo.toml"));
    for file in manifests {
        let path = out.join(&file.path);
        let Ok(theirs) = std::fs::read_to_string(&path) else { continue }; // it is not there yet
        let wanted = String::from_utf8_lossy(&file.contents);
        if let Some((what, remedy)) = unfit(&wanted, &theirs) {
            let message = format!("`{}` {what}", path.display());
            return Err(Stop::fault(&rules::UNFIT_MANIFEST, message, remedy));
        }
    }
    Ok(())
}

/// What a manifest lacks of the one that would be written today, and what to do.
fn unfit(wanted: &str, theirs: &str) -> Option<(String, String)> {
    let wanted: Table = wanted.parse().expect("a manifest of ours is TOML");
    let theirs: Table = match theirs.parse() {
        Ok(table) => table,
        Err(error) => {
            let said: toml::de::Error = error;
            return Some((format!("is no TOML: {}", said.message()), "mend the file".into()));
        }
    };
    for (table, key) in [("package", "name"), ("lib", "name")] {
        let of = |manifest: &Table| manifest.get(table)?.get(key).cloned();
        let (ours, there) = (of(&wanted)?, of(&theirs));
        if there.as_ref() != Some(&ours) {
            let there = there.map_or("nothing".to_owned(), |there| format!("`{there}`"));
            return Some((
                format!("says {there} for `{key}` in `[{table}]`, and the generated code says `{ours}`"),
                format!("write `{key} = {ours}` under `[{table}]`"),
            ));
        }
    }
    let of = |manifest: &Table| manifest.get("dependencies").and_then(|found| found.as_table()).cloned();
    let there = of(&theirs).unwrap_or_default();
    let (name, how) = of(&wanted)?.into_iter().find(|(name, _)| !there.contains_key(name))?;
    Some((
        format!("has no dependency `{name}`, which the generated code needs"),
        format!("write `{name} = {how}` under `[dependencies]`"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = "[package]\nname = \"ordering-service\"\n[lib]\nname = \"ordering_service\"\n\
        [dependencies]\nprost.workspace = true\nstorm-runtime.workspace = true\n";

    #[test]
    fn what_a_person_adds_is_theirs() {
        let theirs = format!("{WANTED}reqwest = \"0.12\"\n[dev-dependencies]\ninsta = \"1\"\n");
        assert_eq!(unfit(WANTED, &theirs), None);
    }

    #[test]
    fn what_the_generated_code_needs_is_named_with_its_line() {
        let (what, remedy) = unfit(WANTED, &WANTED.replace("prost.workspace = true\n", "")).unwrap();
        assert_eq!(what, "has no dependency `prost`, which the generated code needs");
        assert_eq!(remedy, "write `prost = { workspace = true }` under `[dependencies]`");
        let (what, _) = unfit(WANTED, &WANTED.replace("ordering_service", "orders")).unwrap();
        assert_eq!(
            what,
            "says `\"orders\"` for `name` in `[lib]`, and the generated code says `\"ordering_service\"`"
        );
        let (what, _) = unfit(WANTED, "[package").unwrap();
        assert!(what.starts_with("is no TOML: "), "{what}");
    }
}
