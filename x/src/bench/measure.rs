//! What a process cost: the operating system's own account of it.

use std::process::{Command, Stdio};
use std::time::Duration;

use wait4::Wait4;

/// The cost of one process and those it waited for.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once, in bytes.
    pub(crate) peak: u64,
}

/// Runs a command to its end and accounts for it. Fails, with what it said, when it does.
pub(crate) fn measure(command: &mut Command) -> Result<Cost, String> {
    let name = format!("{command:?}");
    let said = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let file = || said.reopen().map(Stdio::from).map_err(|error| error.to_string());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file()?)
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let ended = child.wait4().map_err(|error| format!("{name}: {error}"))?;
    if !ended.status.success() {
        let text = std::fs::read_to_string(said.path()).unwrap_or_default();
        let start: String = text.lines().take(40).collect::<Vec<_>>().join("\n");
        return Err(format!("{name} failed: {}\n{start}", ended.status));
    }
    Ok(Cost { cpu: ended.rusage.utime + ended.rusage.stime, peak: ended.rusage.maxrss })
}

/// The middle of the values, each figure by itself.
pub(crate) fn median(costs: &[Cost]) -> Option<Cost> {
    let middle = costs.len() / 2;
    let mut cpu: Vec<Duration> = costs.iter().map(|cost| cost.cpu).collect();
    let mut peak: Vec<u64> = costs.iter().map(|cost| cost.peak).collect();
    cpu.sort_unstable();
    peak.sort_unstable();
    Some(Cost { cpu: *cpu.get(middle)?, peak: *peak.get(middle)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_takes_each_figure_by_itself() {
        let cost = |ms, peak| Cost { cpu: Duration::from_millis(ms), peak };
        let middle = median(&[cost(1, 30), cost(9, 10), cost(2, 20)]).unwrap();
        assert_eq!((middle.cpu.as_millis(), middle.peak), (2, 20));
        assert!(median(&[]).is_none());
    }

    #[test]
    fn a_process_that_works_costs_something() {
        let cost =
            measure(Command::new("sh").args(["-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"]));
        let cost = cost.unwrap();
        assert!(cost.cpu > Duration::ZERO && cost.peak > 100_000);
    }

    #[test]
    fn a_failure_is_told_in_the_programs_words() {
        let said = measure(Command::new("sh").args(["-c", "echo no such thing >&2; exit 3"])).err().unwrap();
        assert!(said.contains("no such thing") && said.contains('3'), "{said}");
    }
}
