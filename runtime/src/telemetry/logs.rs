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
    // A panic's own message may quote a row's values: its place is enough to find it. What it means for the service is
    // said by who contains it: H-104 for a handler or a policy, X-001 for a loop.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        let thread = std::thread::current();
        tracing::error!(target: "storm", code = "X-002", place, thread = thread.name(), "a panic");
    }));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match section.format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
