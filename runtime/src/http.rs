//! The HTTP door: /metrics for Prometheus, /livez and /readyz for whoever runs the process.
//! It must not know: what is measured, or why a service is not ready.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::fault::Fault;
use crate::flow::Stop;
use crate::telemetry::Meters;

/// The door, open.
pub(crate) struct Door {
    /// Where it listens: the port is known now, even if a free one was asked for.
    pub(crate) address: SocketAddr,
    ready: Arc<AtomicBool>,
}

impl Door {
    /// Says at /readyz whether all loops run.
    pub(crate) fn ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::SeqCst);
    }
}

/// Opens the door until asked to stop.
///
/// # Errors
/// The address cannot be listened on (F-107).
pub(crate) async fn open(listen: &str, meters: Arc<Meters>, stop: Stop) -> Result<Door, Fault> {
    let taken = |error: std::io::Error| {
        let message = format!("`http.listen` = `{listen}` cannot be listened on: {}", error.kind());
        Fault::world("F-107", message, "choose another port, or stop who uses it")
    };
    let listener = TcpListener::bind(listen).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let ready = Arc::new(AtomicBool::new(false));
    let is_ready = ready.clone();
    let readyz = move || async move {
        if is_ready.load(Ordering::SeqCst) {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    };
    let metrics = move || async move {
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], meters.text())
    };
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz));
    tokio::spawn(async move {
        let served = axum::serve(listener, routes).with_graceful_shutdown(async move { stop.wait().await });
        if let Err(error) = served.await {
            tracing::warn!(target: "storm::http", %error, "the HTTP door is closed");
        }
    });
    Ok(Door { address, ready })
}
