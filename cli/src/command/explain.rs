//! `stormc explain CODE`

use crate::report::Stop;
use crate::rules;

/// Say what a code means, with an example; without CODE, list all codes
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A code from a report, for example S0201
    code: Option<String>,
}

impl Explain {
    pub(crate) fn run(self) -> Result<(), Stop> {
        let all = rules::all();
        let Some(code) = self.code else {
            for rule in all {
                println!("{}  {}", rule.code, rule.title);
            }
            return Ok(());
        };
        match all.iter().find(|rule| rule.code.eq_ignore_ascii_case(&code)) {
            Some(rule) => {
                println!("{}: {}\n\n{}", rule.code, rule.title, rule.explain.trim());
                Ok(())
            }
            None => Err(Stop::World {
                message: format!("there is no code `{code}`"),
                help: "`stormc explain` alone lists all codes".into(),
            }),
        }
    }
}
