//! Standard output, a line at a time, for readers that may go away: `stormc tail … | head`.

use std::io::{ErrorKind, LineWriter, StdoutLock, Write as _};

use super::Stop;
use crate::rules;

/// Lines to standard output.
pub(crate) struct Output(LineWriter<StdoutLock<'static>>);

impl Output {
    pub(crate) fn new() -> Self {
        Self(LineWriter::new(std::io::stdout().lock()))
    }

    /// Writes lines, to a reader that may have seen enough.
    ///
    /// # Errors
    /// They cannot be written for another reason.
    pub(crate) fn lines(text: &str) -> Result<(), Stop> {
        Self::new().line(text.strip_suffix('\n').unwrap_or(text)).map(drop)
    }

    /// Writes a line. False when nobody reads any more.
    ///
    /// # Errors
    /// It cannot be written for another reason.
    pub(crate) fn line(&mut self, text: &str) -> Result<bool, Stop> {
        match writeln!(self.0, "{text}") {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Stop::outside(
                &rules::UNWRITABLE,
                format!("cannot write to standard output: {error}"),
                "look at where standard output goes",
            )),
        }
    }
}
