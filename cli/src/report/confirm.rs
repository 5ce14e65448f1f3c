//! Before something is changed: a person is asked, a script has to say so.

use std::io::{IsTerminal, Write as _};

use super::Stop;
use crate::rules;

/// True when `question` may be carried out: `yes` was said already, or the person at the terminal says it now.
///
/// # Errors
/// Nobody can be asked, because input or output is no terminal (S0826).
pub(crate) fn confirm(question: &str, yes: bool) -> Result<bool, Stop> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Stop::fault(
            &rules::NOT_ASKED,
            format!("{question}: nobody can be asked, and nothing was done"),
            "say `--yes` to go ahead without a question",
        ));
    }
    eprint!("{question}? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
