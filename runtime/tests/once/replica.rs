//! A replica as a process of its own, to be killed and stalled: this test program, run once more.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};
use storm_runtime::testing::Script;

use crate::bed;

/// What a process is to be: `capture` or `publish`, the broker, the context, the instance.
const ROLE: &str = "STORM_REPLICA";
/// How many transactions a capture's script holds in the end; one comes each 5 ms.
pub const SCRIPTED: usize = 1_000;

/// A replica that runs. Killed when dropped.
pub struct Replica {
    child: Child,
    said: Receiver<String>,
}

impl Replica {
    pub fn start(role: &str, address: &str, context: &str, instance: &str) -> Self {
        let stderr = if std::env::var_os("RUST_LOG").is_some() { Stdio::inherit() } else { Stdio::null() };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "replica::runs_until_it_is_killed", "--ignored", "--nocapture"])
            .env(ROLE, [role, address, context, instance].join(" "))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (say, said) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(word) = line.strip_prefix("replica: ") {
                    let _ = say.send(word.to_owned());
                }
            }
        });
        Self { child, said }
    }

    /// Waits until it says a word: `ready` first, then what befalls it (see [`tell`]), or the code of the fault that ended it.
    pub fn says(&self) -> String {
        self.said.recv_timeout(Duration::from_secs(90)).expect("the replica says something")
    }

    /// Waits until it says this word; all that it has said since it was thawed.
    pub fn comes_to(&self, word: &str) -> Vec<String> {
        let mut all = vec![self.says()];
        while all.last().is_none_or(|last| last != word) {
            all.push(self.says());
        }
        all
    }

    pub fn kill9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn freeze(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// Lets it go on. What it has said before is not said of what follows.
    pub fn thaw(&self) {
        while self.said.try_recv().is_ok() {}
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other tests run it as a process of its own"]
async fn runs_until_it_is_killed() {
    // The process goes with the one that started it, however that ends.
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let role = std::env::var(ROLE).expect("run by another test");
    let [role, address, context, instance] = role.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let lines = tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env());
    lines.with_writer(std::io::stderr).init();
    let rig = bed::rig_at(address).await;
    let service = bed::context(context);
    let running = if role == "capture" {
        let script = Script::default();
        let running = rig.capture(service, &script, instance).await;
        tokio::spawn(async move {
            for transaction in 0..SCRIPTED {
                bed::insert(&script, transaction);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        running
    } else {
        rig.publish(service, instance).await
    };
    let mut running = running.unwrap();
    running.ready().await;
    println!("replica: ready");
    tokio::spawn(tell(running.look()));
    let ended = running.ended().await;
    println!("replica: {}", ended.err().map_or("stopped", |fault| fault.code));
}

/// Says what befalls this process, by its own metrics: `anew` when its loop was thrown out and begins once more, `lost` when
/// partitions have gone from it, `joined` when its group has given it its part, `standby` when its turn to capture is over.
async fn tell(metrics: impl Fn() -> String) {
    const TELLING: [(&str, &str, &str); 4] = [
        ("anew", "storm_errors_total{", "loop=\""),
        ("lost", "storm_rebalances_total{", "turn=\"lost\""),
        ("joined", "storm_rebalances_total{", "turn=\"gained\""),
        ("owner", "storm_capture_owner{", ""),
    ];
    let look = || {
        let text = metrics();
        TELLING.map(|(_, metric, labels)| {
            let ours = text.lines().filter(|line| line.starts_with(metric) && line.contains(labels));
            ours.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
        })
    };
    let mut before = look();
    loop {
        let now = look();
        for ((word, ..), (was, is)) in TELLING.iter().zip(before.into_iter().zip(now)) {
            if is > was {
                println!("replica: {word}");
            } else if is < was {
                println!("replica: standby");
            }
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
