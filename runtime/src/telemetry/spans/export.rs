//! Spans to a collector: batches, by OTLP over HTTP. A collector that does not answer costs its batch and nothing else.
//! It must not know: what a span stands for.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prost::Message as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::{Span, otlp};
use crate::config::OtlpSection;
use crate::flow::Stop;

/// As many spans go out together, or fewer after this time.
const BATCH: usize = 512;
const PATIENCE: Duration = Duration::from_secs(1);
/// A collector has so long to answer.
const ANSWER: Duration = Duration::from_secs(5);

pub(super) struct Export {
    service: String,
    /// `host:port`, and the path there.
    address: String,
    path: String,
    headers: String,
    sent: Counter,
    dropped: Counter,
}

impl Export {
    pub(super) fn new(section: &OtlpSection, context: &str, sent: Counter, dropped: Counter) -> Self {
        let (address, path) = place(&section.endpoint).unwrap_or_default();
        let header = |(name, value): (&String, &crate::config::Secret)| format!("{name}: {}\r\n", value.0);
        let headers = section.headers.iter().map(header).collect();
        Self { service: format!("{context}-service"), address, path, headers, sent, dropped }
    }

    /// Sends until the service has stopped and nothing waits any more.
    pub(super) async fn run(self, mut waiting: mpsc::Receiver<Span>, stop: Stop) {
        let (mut batch, mut reached) = (Vec::with_capacity(BATCH), true);
        loop {
            let first = tokio::select! {
                first = waiting.recv() => first,
                () = stop.wait() => waiting.try_recv().ok(),
            };
            let Some(first) = first else { return };
            batch.push(first);
            let due = tokio::time::Instant::now() + PATIENCE;
            while batch.len() < BATCH {
                tokio::select! {
                    biased;
                    next = waiting.recv() => match next {
                        Some(span) => batch.push(span),
                        None => break,
                    },
                    () = tokio::time::sleep_until(due) => break,
                    () = stop.wait() => break,
                }
            }
            let count = batch.len() as u64;
            let body = otlp::request(&self.service, std::mem::take(&mut batch)).encode_to_vec();
            let answer = tokio::time::timeout(ANSWER, self.post(&body)).await;
            let why = match answer {
                Ok(Ok(200..=299)) => None,
                Ok(Ok(status)) => Some(format!("it answers {status}")),
                Ok(Err(error)) => Some(error.kind().to_string()),
                Err(_) => Some("it does not answer".to_owned()),
            };
            match &why {
                None => self.sent.inc_by(count),
                Some(_) => self.dropped.inc_by(count),
            };
            // Said once, not at each batch.
            match (why, reached) {
                (Some(why), true) => {
                    let endpoint = &self.address;
                    tracing::warn!(target: "storm::otlp", code = "T-001", endpoint, why, "spans are dropped");
                    reached = false;
                }
                (None, false) => {
                    tracing::info!(target: "storm::otlp", "the collector takes spans again");
                    reached = true;
                }
                _ => {}
            }
        }
    }

    /// The status of the answer. One connection a batch: there is one batch a second.
    async fn post(&self, body: &[u8]) -> std::io::Result<u16> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\n\
             Connection: close\r\n{}\r\n",
            self.path,
            self.address,
            body.len(),
            self.headers
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut answer = Vec::new();
        while !answer.windows(2).any(|pair| pair == b"\r\n") && answer.len() < 1_024 {
            if stream.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        let line = String::from_utf8_lossy(&answer);
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }
}

/// The address and path of `http://host:port[/path]`; by OTLP's custom traces go to `/v1/traces` below it.
pub(crate) fn place(endpoint: &str) -> Option<(String, String)> {
    let rest = endpoint.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:4318") };
    let path = path.trim_end_matches('/');
    let path = if path.ends_with("v1/traces") {
        format!("/{path}")
    } else {
        format!("/{path}/v1/traces").replace("//", "/")
    };
    (!host.is_empty() && !endpoint.contains(char::is_whitespace)).then_some((address, path))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn an_endpoint_is_a_place_to_post_to() {
        let to = |address: &str, path: &str| Some((address.to_owned(), path.to_owned()));
        assert_eq!(place("http://127.0.0.1:4318"), to("127.0.0.1:4318", "/v1/traces"));
        assert_eq!(place("http://collector"), to("collector:4318", "/v1/traces"));
        assert_eq!(place("http://collector:80/otlp/"), to("collector:80", "/otlp/v1/traces"));
        assert_eq!(place("http://collector:80/v1/traces"), to("collector:80", "/v1/traces"));
        assert_eq!(place("https://collector"), None);
        assert_eq!(place("http://"), None);
    }
}
