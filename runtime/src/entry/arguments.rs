//! The command line of a service.
//! It must not know: what the flags lead to.

use std::path::{Path, PathBuf};

use crate::assembly::Only;
use crate::fault::Fault;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
usage: <context>-service [--config FILE] [--print-config] [--only capture|publish|dispatch] [--embedded]

  --config FILE      the configuration; without it `<context>.toml` beside you, if it is there
  --print-config     show the effective configuration, secrets masked, and end
  --only LOOP        run one of the three loops: each scales by itself
  --embedded         run on an in-process broker with in-memory transactions: for trying, nothing is kept
  --recording DIR    with --embedded: replay the recorded binlog files in DIR
  --serve            with --embedded: keep running after the replay

Every key can also come from the environment: STORM_KAFKA__BROKERS is `kafka.brokers`.";

/// The command line, read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    program: String,
    config: Option<PathBuf>,
    pub(crate) print_config: bool,
    pub(crate) only: Only,
    pub(crate) embedded: bool,
    pub(crate) recording: Option<PathBuf>,
    pub(crate) serve: bool,
    pub(crate) help: bool,
}

impl Arguments {
    /// # Errors
    /// A flag is none of these, or lacks its value (F-110).
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Fault> {
        let wrong = |message: String| Fault::configuration("F-110", message, "`--help` shows the flags");
        let mut read = Self {
            program: arguments.next().unwrap_or_default(),
            config: None,
            print_config: false,
            only: Only::All,
            embedded: false,
            recording: None,
            serve: false,
            help: false,
        };
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| wrong(format!("`{flag}` lacks its value")));
            match flag.as_str() {
                "--config" => read.config = Some(value()?.into()),
                "--recording" => read.recording = Some(value()?.into()),
                "--print-config" => read.print_config = true,
                "--embedded" => read.embedded = true,
                "--serve" => read.serve = true,
                "--help" | "-h" => read.help = true,
                "--only" => {
                    let name = value()?;
                    read.only = match name.as_str() {
                        "capture" => Only::Capture,
                        "publish" => Only::Publish,
                        "dispatch" => Only::Dispatch,
                        _ => return Err(wrong(format!("`--only {name}`: there is no such loop"))),
                    };
                }
                _ => return Err(wrong(format!("there is no flag `{flag}`"))),
            }
        }
        Ok(read)
    }

    /// The file that was named, or `<context>.toml` if it is there: the program is called `<context>-service`.
    pub(crate) fn config_file(&self) -> Option<PathBuf> {
        if self.config.is_some() {
            return self.config.clone();
        }
        let program = Path::new(&self.program).file_stem()?.to_str()?;
        let beside = PathBuf::from(format!("{}.toml", program.strip_suffix("-service").unwrap_or(program)));
        beside.is_file().then_some(beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &[&str]) -> Result<Arguments, Fault> {
        let program = ["/usr/bin/ordering-service"];
        Arguments::read(program.iter().chain(flags).map(ToString::to_string))
    }

    #[test]
    fn flags_are_read_or_named() {
        assert_eq!(read(&["--only", "publish"]).unwrap().only, Only::Publish);
        assert!(read(&["--print-config"]).unwrap().print_config);
        assert!(read(&["--only", "nothing"]).unwrap_err().message.contains("`--only nothing`"));
        assert!(read(&["--config"]).unwrap_err().message.contains("lacks its value"));
        assert_eq!(read(&["--konfig"]).unwrap_err().code, "F-110");
    }
}
