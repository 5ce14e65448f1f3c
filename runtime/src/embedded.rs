//! The embedded default: every context of a model in one process, on an in-process broker, fed by a recorded binlog, with
//! in-memory transactions for handlers. For trying, developing and tests; it keeps nothing.
//! It must not know: what the model is about.

mod pace;
mod paint;
mod story;
pub(crate) mod twin;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use storm_broker::{Broker, Options};

use crate::assembly::{self, Loop, Loops, Only, Wiring};
use crate::config::{self, Config, Size, Span};
use crate::door::{self, Intake};
use crate::entry::{Arguments, HELP, exit, runtime, signals, watch};
use crate::fault::Fault;
use crate::flow::activity::Activity;
use crate::flow::{Begun, Ground, Stop, capture};
use crate::log::kafka::{Kafka, Producer};
use crate::service::Service;
use crate::source::replay::ReplaySource;
use crate::start::Start;
use crate::telemetry::{Meters, Spans};

use pace::{Pace, Paced};
use story::Story;

/// Runs all services of a model on the embedded default and tells each change's way: the whole of a demo's `main`.
/// `recording` is a folder of recorded binlog files, replayed in the order of their names; while there is none, it waits
/// for commands instead, as with `--serve`.
///
/// Flags: `--serve` keeps it running, with commands and /metrics open on loopback; `--recording DIR` replays another recording.
/// Exit codes as [`crate::main`].
pub fn main<S: IntoIterator<Item = Service>>(
    system: &str,
    recording: impl AsRef<Path>,
    build: impl FnOnce(&Start) -> Result<S, Fault>,
) -> ExitCode {
    let run = || {
        let arguments = Arguments::read(std::env::args())?;
        if arguments.help {
            println!("{HELP}");
            return Ok(());
        }
        let config = config::read(arguments.config_file().as_deref(), std::env::vars())?;
        let recording = recorded(arguments.recording.clone(), recording.as_ref());
        let serve = arguments.serve || recording.is_none();
        play(system, recording, serve, config, build)
    };
    exit(run())
}

/// What is replayed: the recording that is named, or else the model's own, which a new model does not have yet.
fn recorded(named: Option<PathBuf>, own: &Path) -> Option<PathBuf> {
    named.or_else(|| own.is_dir().then(|| own.to_owned()))
}

/// `--embedded` of a single service.
pub(crate) fn single(
    arguments: &Arguments,
    config: Config,
    build: impl FnOnce(&Start) -> Result<Service, Fault>,
) -> Result<(), Fault> {
    let serve = arguments.serve || arguments.recording.is_none();
    play("service", arguments.recording.clone(), serve, config, |start| build(start).map(|service| [service]))
}

fn play<S: IntoIterator<Item = Service>>(
    system: &str,
    recording: Option<PathBuf>,
    serve: bool,
    config: Config,
    build: impl FnOnce(&Start) -> Result<S, Fault>,
) -> Result<(), Fault> {
    let story = Story::listen(&config.log)?;
    let files = recording.map(|folder| files(&folder)).transpose()?.unwrap_or_default();
    let config = Arc::new(quick(config));
    let runtime = runtime(&config)?;
    let _entered = runtime.enter();
    let start = Start::new(config.clone(), true);
    let services = build(&start)?.into_iter().map(|service| start.built(service)).collect();
    let result = runtime.block_on(run(system, services, &files, serve, &config, &story));
    runtime.shutdown_timeout(crate::seconds(1));
    result
}

/// Every transaction by itself, at once.
fn quick(mut config: Config) -> Config {
    config.kafka.replicas = Some(1);
    config.capture.commit_every = Span::millis(1);
    config.publish.commit_every = Span::millis(1);
    config.publish.commit_bytes = Size(1 << 20);
    config.dispatch.start = config::Start::Beginning;
    config.service.drain = Span::seconds(5);
    config.metrics.every = Span::millis(200);
    config
}

/// The files of a recording, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let unreadable = |error: std::io::Error| {
        let message = format!("the recording `{}` cannot be read: {}", folder.display(), error.kind());
        Fault::world("C-007", message, "name a folder of recorded binlog files with `--recording DIR`")
    };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let is_binlog = |path: &PathBuf| {
        path.extension().is_some_and(|extension| {
            extension.to_string_lossy().bytes().all(|b| b.is_ascii_digit()) || extension == "binlog"
        })
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_binlog).collect();
    files.sort();
    if files.is_empty() {
        let message = format!("`{}` holds no recorded binlog file", folder.display());
        return Err(Fault::world("C-007", message, "files are called like `binlog.000001`"));
    }
    Ok(files)
}

async fn run(
    system: &str,
    services: Vec<Service>,
    files: &[PathBuf],
    serve: bool,
    config: &Arc<Config>,
    story: &Story,
) -> Result<(), Fault> {
    let broker = Broker::start(Options::default()).await.map_err(|error| {
        Fault::world(
            "K-113",
            format!("the embedded broker cannot be started: {error}"),
            "look for a free loopback port",
        )
    })?;
    let (stop, meters, activity) = (Stop::new(), Arc::new(Meters::new()), Arc::new(Activity::default()));
    signals(stop.clone());
    // Without --serve nobody scrapes: any free port will do.
    let mut section = config.http.clone();
    if !serve {
        section.listen = "127.0.0.1:0".into();
    }
    let door = door::open(&section, &services, meters.clone(), stop.clone()).await?;
    let bootstrap = broker.bootstrap();
    let doors: Vec<_> =
        services.iter().flat_map(|own| own.doorways.iter().map(|door| door.spec.name)).collect();
    story.begin(system, &services, &bootstrap, serve.then_some(door.address));
    if files.is_empty() {
        story.unrecorded();
    }
    let mut section = config.kafka.clone();
    section.brokers = bootstrap;
    section.settings.clear();
    let pace = Arc::new(Pace::default());
    let mut loops = Loops::new();
    let mut contexts = Vec::new();
    // All topics first: contexts listen to each other.
    for service in &services {
        assembly::make(service, &Kafka::new(&section, system)).await?;
    }
    for service in services {
        let metrics = meters.of(service.spec.slug);
        let kafka = Kafka::new(&section, service.spec.slug).watched(&metrics, config.metrics.every.0);
        let activity = Some(activity.clone());
        let (spec, config, stop) = (service.spec, config.clone(), stop.clone());
        let spans = Spans::start(&config.otlp, spec.slug, &metrics, &stop);
        let ground = Ground {
            spec,
            config,
            kafka: kafka.clone(),
            metrics,
            spans,
            stop,
            begun: Begun::new(),
            activity,
        };
        let transactions = Arc::new(twin::transactions(&ground, &service, Arc::new(Producer::new(&kafka)?)));
        let mut replay = |ground: Ground, plan: capture::Plan| -> Result<Loop, Fault> {
            let (seat, pace, files) = (pace.join(), pace.clone(), files.to_owned());
            let source = plan.source;
            let make = move || Paced::new(ReplaySource::from_files(source, &files), pace.clone(), seat);
            Ok(Box::new(move || capture::run(&ground, &plan, make)))
        };
        let wiring = Wiring { transactions, capture: &mut replay, ignore_recorded: true, clock: serve };
        let intake = Intake::of(&service, &ground)?;
        assembly::start(service, &ground, Only::All, wiring, &mut loops).await?;
        door.install(intake);
        ground.metrics.ready(true);
        contexts.push(ground);
    }
    door.ready(true);
    let not_ready = || {
        door.ready(false);
        contexts.iter().for_each(|context| context.metrics.ready(false));
    };
    let telling = async {
        while let Some(place) = pace.next().await {
            let captures = pace.release(&place);
            (0..captures).for_each(|_| activity.admitted());
            pace.go(place);
            activity.quiet().await;
            story.tell();
        }
        story.end();
        if serve {
            story.serving(door.address, &doors);
            follow(&activity, story).await;
        }
        stop.ask();
    };
    let told = async {
        tokio::select! {
            () = telling => {}
            () = stop.wait() => {}
        }
    };
    let (result, ()) = tokio::join!(watch(&mut loops, &stop, not_ready), told);
    story.over();
    broker.shutdown().await;
    result
}

/// Tells what is asked for at the door, whenever it has come to rest; never ends by itself.
async fn follow(activity: &Activity, story: &Story) {
    let mut next = activity.change();
    loop {
        next.await;
        // What changes from here on is seen in the next round.
        next = activity.change();
        activity.quiet().await;
        story.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_that_is_named_must_be_there_and_the_models_own_may_be_absent() {
        let folder = tempfile::tempdir().unwrap();
        let (own, nowhere) = (folder.path().to_owned(), folder.path().join("nowhere"));
        assert_eq!(recorded(None, &own), Some(own.clone()));
        assert_eq!(recorded(None, &nowhere), None);
        assert_eq!(recorded(Some(nowhere.clone()), &own), Some(nowhere.clone()));
        assert_eq!(files(&nowhere).unwrap_err().code, "C-007");
        assert_eq!(files(&own).unwrap_err().code, "C-007", "an empty folder is no recording");
    }
}
