//! What the process itself uses, as Prometheus' own clients name it. Read from /proc when asked; elsewhere there is none.
//! It must not know: what the process does.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// The kernel counts CPU time for programs in hundredths of a second, whatever its own clock does.
const TICKS: f64 = 100.0;

/// What can be read: name, whether it is a counter, meaning.
pub(crate) const PROCESS: &[(&str, bool, &str)] = &[
    ("process_cpu_seconds_total", true, "CPU time used, user and system"),
    ("process_resident_memory_bytes", false, "memory held"),
    ("process_open_fds", false, "open files and sockets"),
    ("process_threads", false, "threads"),
    ("process_start_time_seconds", false, "when the process started, since the epoch"),
];

/// Reads them when the metrics are.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(values) = read() else { return Ok(()) };
        for ((name, counts, help), value) in PROCESS.iter().zip(values) {
            let name = name.trim_end_matches("_total");
            if *counts {
                let counter = ConstCounter::new(value);
                counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
            } else {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
            }
        }
        Ok(())
    }
}

/// In the order of the table.
fn read() -> Option<[f64; 5]> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name that may hold anything; it ends at the last bracket. The next one is the third.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let resident: f64 = resident.trim().trim_end_matches("kB").trim().parse().ok()?;
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count();
    let boot = std::fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let cpu = (field(14)? + field(15)?) / TICKS;
    Some([cpu, resident * 1_024.0, files as f64, field(20)?, boot + field(22)? / TICKS])
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_process_reads_itself() {
        let Some([cpu, memory, files, threads, start]) = read() else {
            assert!(
                !std::path::Path::new("/proc/self/stat").exists(),
                "/proc is there and is not understood"
            );
            return;
        };
        assert!((0.0..1e6).contains(&cpu) && memory > 1e6 && files >= 3.0 && threads >= 1.0);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(start < now + 2.0 && start > now - 7.0 * 86_400.0, "started at {start}, now {now}");
    }
}
