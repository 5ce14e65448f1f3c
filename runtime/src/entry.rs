//! A service as a process: command line, configuration, logs, loops, signals, exit code.
//! It must not know: how a loop works.

mod arguments;
pub(crate) mod real;

use std::process::ExitCode;
use std::sync::Arc;

use crate::assembly::{self, Loops, Only, Wiring};
use crate::config::{self, Config};
use crate::door::{self, Intake};
use crate::fault::Fault;
use crate::flow::{Begun, Ground, Stop};
use crate::log::kafka::Kafka;
use crate::service::Service;
use crate::start::Start;
use crate::telemetry::{self, Meters, Spans};

pub(crate) use arguments::{Arguments, HELP};

/// Runs a service until it is asked to stop: the whole of a generated `main`.
///
/// Exit codes: 0 drained after SIGTERM or SIGINT, 1 the configuration is wrong, 2 the world is (each with a coded error
/// on standard error).
pub fn main(build: impl FnOnce(&Start) -> Result<Service, Fault>) -> ExitCode {
    exit(run(build))
}

/// Says a fault and turns it into an exit code.
pub(crate) fn exit(result: Result<(), Fault>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error {fault}");
            ExitCode::from(if fault.configuration { 1 } else { 2 })
        }
    }
}

fn run(build: impl FnOnce(&Start) -> Result<Service, Fault>) -> Result<(), Fault> {
    let arguments = Arguments::read(std::env::args())?;
    if arguments.help {
        println!("{HELP}");
        return Ok(());
    }
    let config = config::read(arguments.config_file().as_deref(), std::env::vars())?;
    if arguments.print_config {
        print!("{}", config::print(&config));
        return Ok(());
    }
    #[cfg(feature = "embedded")]
    if arguments.embedded {
        return crate::embedded::single(&arguments, config, build);
    }
    telemetry::start_logs(&config.log)?;
    let start = Start::new(Arc::new(config), false);
    let runtime = runtime(&start.config)?;
    let _entered = runtime.enter();
    let service = start.built(build(&start)?);
    let result = runtime.block_on(serve(service, start.config.clone(), &arguments));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result
}

/// The runtime that handlers, the database pool and the HTTP door share.
pub(crate) fn runtime(config: &Config) -> Result<tokio::runtime::Runtime, Fault> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(config.service.threads).thread_name("storm-worker").enable_all();
    builder.build().map_err(|error| {
        let message = format!("the runtime cannot be started: {}", error.kind());
        Fault::world("C-002", message, "look at the limits on threads and open files of this process")
    })
}

async fn serve(service: Service, config: Arc<Config>, arguments: &Arguments) -> Result<(), Fault> {
    // All that can be wrong before anybody is asked for anything.
    assembly::fit(&service, &config)?;
    let transactions = Arc::new(real::transactions(&service, &config, arguments.only)?);
    real::sources(&service, &config, arguments.only)?;
    let (stop, meters) = (Stop::new(), Arc::new(Meters::new()));
    signals(stop.clone());
    let services = std::slice::from_ref(&service);
    let door = door::open(&config.http, services, meters.clone(), stop.clone()).await?;
    tracing::info!(target: "storm", context = service.spec.slug, http = %door.address, "starting");
    let kafka = Kafka::new(&config.kafka, &format!("{}-{}", service.spec.slug, config.service.instance));
    let reached = kafka.clone();
    let reaching = tokio::task::spawn_blocking(move || reached.reach());
    tokio::select! {
        reached = reaching => reached.unwrap_or(Ok(()))?,
        () = stop.wait() => return Ok(()),
    }
    let metrics = meters.of(service.spec.slug);
    let kafka = kafka.watched(&metrics, config.metrics.every.0);
    let begun = Begun::new();
    let spans = Spans::start(&config.otlp, service.spec.slug, &metrics, &stop);
    let ground = Ground {
        spec: service.spec,
        config,
        kafka,
        metrics,
        spans,
        stop: stop.clone(),
        begun: begun.clone(),
        activity: None,
    };
    let mut loops = Loops::new();
    let wiring = Wiring { transactions, capture: &mut real::capture, ignore_recorded: false, clock: true };
    let intake = Intake::of(&service, &ground)?;
    assembly::start(service, &ground, arguments.only, wiring, &mut loops).await?;
    // Whoever does commands takes them in.
    if matches!(arguments.only, Only::All | Only::Dispatch) {
        door.install(intake);
    }
    let ready = async {
        loop {
            begun.all().await;
            if !stop.asked() {
                door.ready(true);
                ground.metrics.ready(true);
                tracing::info!(target: "storm", context = ground.spec.slug, "ready");
            }
            begun.not_all().await;
            door.ready(false);
            ground.metrics.ready(false);
            tracing::warn!(target: "storm", context = ground.spec.slug, "not ready: a loop starts anew");
        }
    };
    let result = watch(&mut loops, &stop, || {
        door.ready(false);
        ground.metrics.ready(false);
    });
    let result = tokio::select! {
        result = result => result,
        never = ready => never,
    };
    door.closed(ground.config.service.drain.0).await;
    tracing::info!(target: "storm", context = ground.spec.slug, "stopped");
    result
}

/// Waits until all loops have ended. The first fault stops the others and is the result.
pub(crate) async fn watch(loops: &mut Loops, stop: &Stop, not_ready: impl Fn()) -> Result<(), Fault> {
    let mut result = Ok(());
    while let Some((name, ended)) = loops.next_end().await {
        if let Err(fault) = ended {
            not_ready();
            stop.ask();
            tracing::error!(target: "storm", code = fault.code, name, message = fault.message, help = fault.help, "halted");
            result = result.and(Err(fault));
        }
    }
    not_ready();
    stop.ask();
    result
}

/// SIGTERM or SIGINT asks the loops to stop and drain; how long that may take is bounded by `service.drain`.
pub(crate) fn signals(stop: Stop) {
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!(target: "storm", "asked to stop: draining");
        stop.ask();
    });
}
