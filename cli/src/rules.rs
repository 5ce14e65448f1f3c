//! The rules that only whoever reads disks can check, and the list of all rules for `stormc explain`.

use storm_dsl::diagnostic::Rule;

/// The file is not UTF-8.
pub(crate) static NOT_UTF8: Rule = Rule {
    code: "S0811",
    title: "a model is UTF-8 text",
    explain: "A `.storm` file, and the DDL beside it, is read as UTF-8. Save the file again in that encoding; `iconv -f latin1 -t utf8` helps with old ones.",
};

/// No `.storm` file.
pub(crate) static NO_MODEL: Rule = Rule {
    code: "S0812",
    title: "a model is a folder with `.storm` files",
    explain: "All `.storm` files under a folder make one model. `stormc new NAME` writes a first one; `stormc check FOLDER` names the folder.",
};

/// A file of a person's stands where a generated one belongs.
pub(crate) static IN_THE_WAY: Rule = Rule {
    code: "S0813",
    title: "a file without the mark of `stormc` is never overwritten",
    explain: "Generated files carry a mark in their first lines, or stand in `.stormc-files`. A file that does neither is somebody's work: \
        nothing at all is written. Move it away, or generate into another folder with `--out`.",
};

/// storm.toml is wrong.
pub(crate) static BAD_SETTINGS: Rule = Rule {
    code: "S0814",
    title: "`storm.toml` holds what the flags would say",
    explain: "Its keys are `name`, `out`, and under `[runtime]` one of `vendor = true`, `path`, `version`, or `git` with `rev`.\n\n\
        ```toml\nname = \"shop\"\nout = \"service\"\n\n[runtime]\nvendor = true\n```",
};

/// `stormc new` where something is.
pub(crate) static ALREADY_THERE: Rule = Rule {
    code: "S0815",
    title: "`stormc new` writes into a folder that is not there yet",
    explain: "Choose another name, or remove the folder: `stormc new` never touches what exists.",
};

/// Generated output is not what the model says.
pub(crate) static NOT_CURRENT: Rule = Rule {
    code: "S0816",
    title: "the generated files are what the model says",
    explain: "`stormc generate --check` writes nothing and fails when a generated file is missing, stale or different. Run `stormc generate` and commit what it writes.",
};

/// A name that cannot be a system's.
pub(crate) static BAD_NAME: Rule = Rule {
    code: "S0817",
    title: "a system's name is a lower-case word",
    explain: "It becomes a proto package and part of crate names: a letter, then letters, digits and `-`, for example `web-shop`.",
};

static OWN: &[&Rule] =
    &[&NOT_UTF8, &NO_MODEL, &IN_THE_WAY, &BAD_SETTINGS, &ALREADY_THERE, &NOT_CURRENT, &BAD_NAME];

/// Every rule there is, by code.
pub(crate) fn all() -> Vec<&'static Rule> {
    let mut all: Vec<_> =
        storm_dsl::rules().chain(storm_codegen::rules()).chain(OWN.iter().copied()).collect();
    all.sort_by_key(|rule| rule.code);
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_explained() {
        let all = super::all();
        for pair in all.windows(2) {
            assert_ne!(pair[0].code, pair[1].code, "two rules share a code");
        }
        for rule in all {
            assert!(rule.explain.len() > 40, "{} is not explained", rule.code);
            assert!(!rule.title.ends_with('.'), "{}: a title has no full stop", rule.code);
        }
    }
}
