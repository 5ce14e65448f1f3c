//! Log lines: text for people, JSON for machines, to standard error. Neither holds a row's values.
//! It must not know: what is logged.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogSection};
use crate::fault::Fault;

/// Starts logging for the process. A second call is ignored: the first one's settings hold.
///
/// # Errors
/// `log.level` is not a filter (F-104).
pub(crate) fn start(section: &LogSection) -> Result<(), Fault> {
    let wrong = |_| {
        let message = format!("`log.level` is not a filter: `{}`", section.level);
        Fault::configuration("F-104", message, "write `info`, or `info,storm=debug`")
    };
    let filter = EnvFilter::builder().parse(&section.level).map_err(wrong)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match section.format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
