//! The HTTP door: commands and calls from outside, /metrics for Prometheus, /livez and /readyz for whoever runs the
//! process. Health and metrics are open to whoever reaches the door; commands and their description are not.
//! It must not know: what is measured, why a service is not ready, or what a command does.

mod call;
mod check;
mod command;
pub(crate) mod fuzzed;
mod guard;
mod intake;
mod near;
mod problem;
mod remembered;
mod signature;
mod tls;
mod webhook;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::config::HttpSection;
use crate::fault::Fault;
use crate::flow::Stop;
use crate::service::Service;
use crate::telemetry::Meters;

pub(crate) use intake::Intake;

/// The door, open.
pub(crate) struct Door {
    /// Where it listens: the port is known now, even if a free one was asked for.
    pub(crate) address: SocketAddr,
    room: Arc<Room>,
    serving: JoinHandle<()>,
}

/// What requests are answered from.
struct Room {
    section: HttpSection,
    guard: guard::Guard,
    meters: Arc<Meters>,
    ready: AtomicBool,
    /// Commands that may be on their way at once.
    places: Arc<Semaphore>,
    intakes: RwLock<Vec<Arc<Intake>>>,
    /// Where webhooks are called, before their intakes are installed.
    hooks: Vec<&'static str>,
}

impl Room {
    fn intakes(&self) -> Vec<Arc<Intake>> {
        self.intakes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Door {
    /// Says at /readyz whether all loops run.
    pub(crate) fn ready(&self, ready: bool) {
        self.room.ready.store(ready, Ordering::SeqCst);
    }

    /// From now on the commands of this context are taken in.
    pub(crate) fn install(&self, intake: Intake) {
        self.room.intakes.write().unwrap_or_else(PoisonError::into_inner).push(Arc::new(intake));
    }

    /// Waits until requests that were on their way are answered, at most so long. To be called when asked to stop.
    pub(crate) async fn closed(self, patience: Duration) {
        if tokio::time::timeout(patience, self.serving).await.is_err() {
            tracing::warn!(target: "storm::http", "requests were left unanswered");
        }
    }
}

/// Opens the door until asked to stop.
///
/// # Errors
/// The address cannot be listened on (F-107), or a command would be open to the network; TLS or a token is not
/// what it should be.
pub(crate) async fn open(
    section: &HttpSection,
    services: &[Service],
    meters: Arc<Meters>,
    stop: Stop,
) -> Result<Door, Fault> {
    let guard = guard::Guard::new(section)?;
    let tls = tls::acceptor(&section.tls)?;
    let listen = &section.listen;
    let taken = |error: std::io::Error| {
        let message = format!("`http.listen` = `{listen}` cannot be listened on: {}", error.kind());
        Fault::world("F-107", message, "choose another port, or stop who uses it")
    };
    let listener = TcpListener::bind(listen).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let hooks = || services.iter().flat_map(|service| service.webhooks.iter().map(|webhook| webhook.spec));
    let commands = services.iter().any(|service| !service.doorways.is_empty());
    if (commands || hooks().any(|hook| hook.signature.is_none()))
        && guard.is_open()
        && !section.open
        && !address.ip().is_loopback()
    {
        let message = format!(
            "`http.listen` = `{listen}` would let anyone on the network issue commands or call webhooks"
        );
        let help = "set `http.token` (`@/path` reads it from a file), or `http.tls` with a `client_ca`; listen on \
                    127.0.0.1; or say `http.open = true`";
        return Err(Fault::configuration("A-101", message, help));
    }
    let room = Arc::new(Room {
        guard,
        meters,
        ready: AtomicBool::new(false),
        places: Arc::new(Semaphore::new(section.in_flight)),
        intakes: RwLock::default(),
        hooks: hooks().map(|hook| hook.path).collect(),
        section: section.clone(),
    });
    let routes = command::routes(room.clone()).merge(plain(&room));
    let routes = routes.merge(Router::new().fallback(webhook::any).with_state(room.clone()));
    let doorstep = tls::Doorstep::new(listener, address, tls);
    let service = routes.into_make_service_with_connect_info::<tls::Peer>();
    let serving = tokio::spawn(async move {
        let serve = axum::serve(doorstep, service);
        if let Err(error) = serve.with_graceful_shutdown(async move { stop.wait().await }).await {
            tracing::warn!(target: "storm::http", %error, "the HTTP door is closed");
        }
    });
    Ok(Door { address, room, serving })
}

/// What anyone may see.
fn plain(room: &Arc<Room>) -> Router {
    let is_ready = room.clone();
    let readyz = move || async move {
        if is_ready.ready.load(Ordering::SeqCst) {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    };
    let meters = room.meters.clone();
    let metrics = move || async move {
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], meters.text())
    };
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
}
