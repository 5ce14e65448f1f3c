//! A service as running loops: topics made, plans drawn up, a thread a loop.
//! It must not know: the command line, or what kind of source or transaction is used.

mod names;
mod waiting;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::command::Handle;
use crate::command::work::Transactions;
use crate::fault::Fault;
use crate::flow::gone::{self, Known, Needed, Role};
use crate::flow::prune::{self, Keeps};
use crate::flow::schedule::{self, Clock};
use crate::flow::{Ground, Name, capture, dispatch, publish};
use crate::log::kafka::{self, Kafka, Producer, Wanted};
use crate::progress;
use crate::service::{Outside, PolicyEntry, Service, Translations};
use crate::shapes;
use crate::spec::SourceSpec;
use crate::telemetry::Calls;

pub(crate) use names::fit;

/// Which loops run in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    All,
    Capture,
    Publish,
    Dispatch,
}

/// A loop that runs until it is asked to stop.
pub(crate) type Loop = Box<dyn FnOnce() -> Result<(), Fault> + Send>;

/// What differs between a deployment and the embedded default.
pub(crate) struct Wiring<'w> {
    pub(crate) transactions: Arc<Transactions>,
    /// The capture loop of a source.
    pub(crate) capture: &'w mut dyn FnMut(Ground, capture::Plan) -> Result<Loop, Fault>,
    /// True when recorded events do not come from a captured outbox.
    pub(crate) ignore_recorded: bool,
    /// True when time passes here as it does outside: a recorded day that is played has no clock.
    pub(crate) clock: bool,
}

/// The loops of one or more services.
pub(crate) struct Loops {
    ended: mpsc::UnboundedReceiver<(String, Result<(), Fault>)>,
    report: mpsc::UnboundedSender<(String, Result<(), Fault>)>,
    running: usize,
}

impl Loops {
    pub(crate) fn new() -> Self {
        let (report, ended) = mpsc::unbounded_channel();
        Self { ended, report, running: 0 }
    }

    fn spawn(&mut self, name: String, run: Loop) -> Result<(), Fault> {
        let (report, title) = (self.report.clone(), name.clone());
        let body = move || {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            let broken = || {
                Fault::world(
                    "X-001",
                    format!("the loop `{title}` panicked"),
                    "report it with the log's last lines",
                )
            };
            let ended = ended.unwrap_or_else(|_| Err(broken()));
            // Nobody listens any more when the process is about to end.
            let _ = report.send((title, ended));
        };
        let spawned = std::thread::Builder::new().name(name).spawn(body);
        spawned.map_err(|error| Fault::no_thread(&error))?;
        self.running += 1;
        Ok(())
    }

    /// Waits for the next loop to end: its name, and how. `None` when all have. Nothing is lost when nobody waits any more.
    pub(crate) async fn next_end(&mut self) -> Option<(String, Result<(), Fault>)> {
        if self.running == 0 {
            return None;
        }
        let ended = self.ended.recv().await;
        self.running -= 1;
        ended
    }
}

/// Makes the service's topics and starts its loops; waits for brokers that stand still. No loop is started when it is
/// asked to stop before.
///
/// # Errors
/// A topic cannot be made, a schedule is none, a policy asks for a command that nobody does, or the configuration names
/// a policy that the model does not have.
pub(crate) async fn start(
    service: Service,
    ground: &Ground,
    only: Only,
    wiring: Wiring<'_>,
    loops: &mut Loops,
) -> Result<(), Fault> {
    fit(&service, &ground.config)?;
    let (patience, stop) = (ground.config.kafka.start_timeout.0, &ground.stop);
    let needed = needed(&service, only);
    let made = async || topics(&service, ground, &needed).await;
    let Some(known) = waiting::patiently(patience, stop, "the context's topics", made).await? else {
        return Ok(());
    };
    let commands = service.commands.as_ref().map(|table| table.names()).unwrap_or_default();
    let commands: Vec<&str> = commands.iter().filter_map(|c| c.message.rsplit('.').next()).collect();
    let policies: Vec<&str> = service.policies.iter().map(|policy| policy.name).collect();
    let schedules: Vec<&str> = service.schedules.iter().map(|schedule| schedule.name()).collect();
    let doors = service.doorways.iter().map(|door| door.spec.name);
    let doors: Vec<&str> = doors.chain(service.webhooks.iter().map(|webhook| webhook.spec.name)).collect();
    ground.metrics.names(&policies, &commands, &schedules, &doors);
    let topics = &ground.spec.topics;
    let sources: Vec<&'static SourceSpec> = service.captures.iter().map(|capture| capture.source).collect();
    for Outside { spec, guard } in &service.externals {
        match guard {
            Some(guard) => guard.count_in(&ground.metrics),
            None => drop(Calls::new(&ground.metrics, spec.name)),
        }
    }
    let Service { captures, webhooks, records, policies, commands, schedules, .. } = service;
    if !matches!(only, Only::Publish) {
        // Before any loop runs: dispatch waits for them.
        sources.iter().for_each(|source| ground.begun.expect(Name::Capture(source.name)));
    }
    if matches!(only, Only::Dispatch) {
        sources.iter().for_each(|source| look_for_capture(ground, source));
    }
    let title = |what: &str| format!("{}-{what}", ground.spec.slug);
    if matches!(only, Only::All | Only::Publish) {
        let tables = sources.iter().flat_map(|source| source.tables).map(|table| table.message);
        let tables = tables.chain(webhooks.iter().map(|webhook| webhook.spec.message)).collect();
        let translations = captures.into_iter().flat_map(|capture| capture.translations);
        let translations = translations.chain(webhooks.into_iter().flat_map(|webhook| webhook.translations));
        let plan =
            publish::Plan { translations: Translations::new(translations), records: records.clone(), tables };
        if let Some(activity) = &ground.activity {
            activity.reads(topics.raw.name, &ground.name("publish"));
        }
        let ground = ground.clone();
        ground.begun.expect(Name::Publish);
        loops.spawn(title("publish"), Box::new(move || publish::run(&ground, &plan)))?;
    }
    if matches!(only, Only::All | Only::Dispatch) {
        let producer = Arc::new(Producer::new(&ground.kafka)?);
        if matches!(*wiring.transactions, Transactions::Database(_)) {
            let (on, transactions) = (ground.clone(), wiring.transactions.clone());
            let keeps = Keeps::of(ground.spec, &ground.config.database)?;
            let handlers = tokio::runtime::Handle::current();
            loops
                .spawn(title("prune"), Box::new(move || prune::run(&on, &transactions, keeps, &handlers)))?;
        }
        let plans = dispatchers(ground, policies, commands, wiring.transactions, &producer).await?;
        if let Some(activity) = &ground.activity {
            let reads = |plan: &dispatch::Plan| {
                let group = plan.group(ground);
                plan.topics(ground).iter().for_each(|topic| activity.reads(topic, &group));
            };
            plans.iter().for_each(reads);
        }
        for plan in plans {
            ground.begun.expect(plan.name.clone());
            let name = match &plan.name {
                Name::Policy(policy) => title(&format!("dispatch-{policy}")),
                _ => title("dispatch"),
            };
            let (on, handlers) = (ground.clone(), tokio::runtime::Handle::current());
            loops.spawn(name, Box::new(move || dispatch::run(&on, Arc::new(plan), &handlers)))?;
        }
        let rule = |schedule: &crate::service::Schedule| ground.config.missed(schedule.name());
        let clocks: Result<Vec<Clock>, Fault> = schedules
            .into_iter()
            .map(|schedule| (rule(&schedule), schedule))
            .map(|(rule, schedule)| Clock::new(schedule, rule))
            .collect();
        let clocks = clocks?;
        if wiring.clock && !clocks.is_empty() {
            let ground = ground.clone();
            loops.spawn(title("schedule"), Box::new(move || schedule::run(&ground, &clocks)))?;
        }
    }
    let watched = ground.clone();
    loops.spawn(title("topics"), Box::new(move || gone::watch(&watched, needed, known)))?;
    if matches!(only, Only::All | Only::Capture) {
        for source in sources {
            let plan =
                capture::Plan { source, records: records.clone(), ignore_recorded: wiring.ignore_recorded };
            let run = (wiring.capture)(ground.clone(), plan)?;
            loops.spawn(title(&format!("capture-{}", source.name)), run)?;
        }
    }
    Ok(())
}

/// What is dispatched: one plan for the context, one for each policy that has a place of its own.
async fn dispatchers(
    ground: &Ground,
    policies: Vec<PolicyEntry>,
    commands: Option<Arc<dyn Handle>>,
    transactions: Arc<Transactions>,
    producer: &Arc<Producer>,
) -> Result<Vec<dispatch::Plan>, Fault> {
    overrides(ground, &policies);
    let (on, read) = (ground.clone(), policies.iter().map(|p| (p.name, p.event_topic)).collect::<Vec<_>>());
    let own = tokio::task::spawn_blocking(move || {
        dispatch::keep_places(&on, &read)?;
        dispatch::own_places(&on, &read)
    });
    let own = own.await.unwrap_or_else(|_| Ok(Vec::new()))?;
    let plan = |name, listeners, elsewhere| {
        let (commands, transactions, producer) = (commands.clone(), transactions.clone(), producer.clone());
        dispatch::Plan { name, listeners, elsewhere, commands, transactions, producer }
    };
    let listener = |policy| dispatch::Listener::of(ground, policy);
    let listeners: Vec<_> = policies.into_iter().map(listener).collect();
    let alone = listeners.iter().filter(|listener| own.contains(&listener.policy.name));
    let alone =
        alone.map(|listener| plan(Name::Policy(listener.policy.name), vec![listener.clone()], vec![]));
    let mut plans: Vec<_> = alone.collect();
    plans.push(plan(Name::Dispatch, listeners, own));
    Ok(plans)
}

/// Says what the configuration has otherwise than the model: in the log and as a metric.
fn overrides(ground: &Ground, policies: &[PolicyEntry]) {
    for policy in policies {
        let section = ground.config.policy.get(policy.name).cloned().unwrap_or_default();
        for (key, value, model) in section.settings(policy.retry, policy.give_up) {
            let name = policy.name;
            ground.metrics.setting(name, key, &value, model.is_some());
            let Some(model) = model else { continue };
            tracing::info!(target: "storm::dispatch", policy = name, key, value, model, "the configuration overrides the model");
        }
    }
}

/// The topics that must stay while this process runs, beside those that its context owns by the model.
fn needed(service: &Service, only: Only) -> Vec<Needed> {
    let spec = service.spec;
    let own = [spec.topics.events.name, spec.topics.commands.name];
    let dispatches = matches!(only, Only::All | Only::Dispatch);
    let heard = service.policies.iter().map(|policy| policy.event_topic).filter(|topic| !own.contains(topic));
    let heard = heard.filter(|_| dispatches).map(|topic| Needed::new(topic, Role::Heard));
    let progress = service.captures.iter().map(|capture| capture.source);
    let progress =
        progress.map(|source| Needed::new(progress::topic(spec, source), Role::Progress(source.name)));
    let shapes = (!service.captures.is_empty()).then(|| shapes::topic(spec));
    let schedule = (!service.schedules.is_empty()).then(|| schedule::wanted(spec).name);
    let kept = shapes.into_iter().chain(schedule).chain([crate::flow::journal(spec)]);
    let mut needed: Vec<Needed> =
        heard.chain(progress).chain(kept.map(|name| Needed::new(name, Role::Kept))).collect();
    needed.sort_by(|one, other| one.name.cmp(&other.name));
    needed.dedup();
    needed
}

/// Makes the topics that a service owns, if they are absent and have never been there, and remembers which they are.
///
/// # Errors
/// One cannot be made (K-109), was deleted, or made anew and nobody has said that it may be used (K-122).
async fn topics(service: &Service, ground: &Ground, needed: &[Needed]) -> Result<Known, Fault> {
    let on = ground.clone();
    aside(move || gone::none_before(&on.kafka, on.spec)).await?;
    make(service, &ground.kafka).await?;
    let (on, needed) = (ground.clone(), needed.to_vec());
    aside(move || gone::remember(&on, &needed)).await
}

/// Asks the brokers on a thread that may wait for them.
async fn aside<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let broken = |_| {
        Err(Fault::world("X-001", "looking at the topics panicked", "report it with the log's last lines"))
    };
    tokio::task::spawn_blocking(ask).await.unwrap_or_else(broken)
}

/// Makes what is absent.
///
/// # Errors
/// A topic cannot be made (K-109).
pub(crate) async fn make(service: &Service, kafka: &Kafka) -> Result<(), Fault> {
    let topics = &service.spec.topics;
    let wanted = [&topics.raw, &topics.events, &topics.commands, &topics.dead].map(Wanted::from);
    let shapes = (!service.captures.is_empty()).then(|| shapes::wanted(service.spec));
    let progress = service.captures.iter().map(|capture| progress::wanted(service.spec, capture.source));
    let schedule = (!service.schedules.is_empty()).then(|| schedule::wanted(service.spec));
    let journal = progress::compacted(service.spec, crate::flow::journal(service.spec));
    kafka::ensure(kafka, wanted.into_iter().chain(shapes).chain(progress).chain(schedule).chain([journal]))
        .await
}

/// Capture runs in another process: it has begun when a position of it is stored.
fn look_for_capture(ground: &Ground, source: &'static SourceSpec) {
    let ground = ground.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = progress::appears(&ground, source) => ground.begun.has(&Name::Capture(source.name)),
            () = ground.stop.wait() => {}
        }
    });
}
