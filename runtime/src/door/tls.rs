//! The door's listener: plain, or TLS with client certificates. A handshake runs on a task of its own, so that a caller
//! who is slow at it holds up nobody.
//! It must not know: HTTP.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use ring::digest;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use crate::config::TlsSection;
use crate::fault::Fault;

/// How long a handshake may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// Connections that have shaken hands and wait to be served.
const WAITING: usize = 64;

/// What TLS needs, read from its files; nothing when the door is plain.
///
/// # Errors
/// A file is missing, cannot be read, or does not hold what it should.
pub(super) fn acceptor(section: &TlsSection) -> Result<Option<TlsAcceptor>, Fault> {
    let TlsSection { cert, key, client_ca } = section;
    let help = "`http.tls.cert` and `http.tls.key` are PEM files, and `http.tls.client_ca` is one if clients \
                have certificates";
    let wrong = |message: String| Fault::configuration("A-102", message, help);
    if cert.is_empty() && key.is_empty() && client_ca.is_empty() {
        return Ok(None);
    }
    if cert.is_empty() || key.is_empty() {
        return Err(wrong("TLS needs both `http.tls.cert` and `http.tls.key`".into()));
    }
    let certificates = |path: &str| {
        let read = CertificateDer::pem_file_iter(Path::new(path)).and_then(Iterator::collect);
        let read: Vec<CertificateDer<'static>> =
            read.map_err(|error| wrong(format!("`{path}` holds no certificates: {error}")))?;
        if read.is_empty() { Err(wrong(format!("`{path}` holds no certificates"))) } else { Ok(read) }
    };
    let chain = certificates(cert)?;
    let secret = PrivateKeyDer::from_pem_file(Path::new(key))
        .map_err(|error| wrong(format!("`{key}` holds no private key: {error}")))?;
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    let builder = if client_ca.is_empty() {
        builder.with_no_client_auth()
    } else {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(client_ca)? {
            roots.add(certificate).map_err(|error| wrong(format!("`{client_ca}`: {error}")))?;
        }
        // Whoever has none may still look at health and metrics; commands ask for one.
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .build()
            .map_err(|error| wrong(format!("`{client_ca}`: {error}")))?;
        builder.with_client_cert_verifier(verifier)
    };
    let mut config = builder
        .with_single_cert(chain, secret)
        .map_err(|error| wrong(format!("`{cert}` and `{key}` do not fit: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

/// What is known of a caller from the connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Peer {
    /// SHA-256 of the client certificate that was verified, in hexadecimal.
    pub(super) certificate: Option<String>,
}

impl Connected<IncomingStream<'_, Doorstep>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doorstep>) -> Self {
        let Stream::Tls(stream) = stream.io() else { return Self::default() };
        let first = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let print = |certificate: &CertificateDer<'_>| {
            let print = digest::digest(&digest::SHA256, certificate);
            print.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
        };
        Self { certificate: first.map(print) }
    }
}

/// Where connections arrive that are ready to be served.
pub(super) enum Doorstep {
    Plain(TcpListener),
    Tls { ready: mpsc::Receiver<(Stream, SocketAddr)>, address: SocketAddr },
}

impl Doorstep {
    /// On this listener.
    pub(super) fn new(listener: TcpListener, address: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let Some(tls) = tls else { return Self::Plain(listener) };
        let (shaken, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut listener = listener;
            loop {
                // Waits out what passes by itself, such as too many open files.
                let arrival = tokio::select! {
                    arrival = Listener::accept(&mut listener) => arrival,
                    () = shaken.closed() => return,
                };
                let (stream, from): (TcpStream, SocketAddr) = arrival;
                let (tls, shaken) = (tls.clone(), shaken.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                        Ok(Ok(stream)) => {
                            // Nobody serves any more when the door is closed.
                            let _ = shaken.send((Stream::Tls(Box::new(stream)), from)).await;
                        }
                        Ok(Err(error)) => {
                            tracing::debug!(target: "storm::http", %error, "a TLS handshake failed");
                        }
                        Err(_) => tracing::debug!(target: "storm::http", "a TLS handshake took too long"),
                    }
                });
            }
        });
        Self::Tls { ready, address }
    }
}

impl Listener for Doorstep {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self {
            Self::Plain(listener) => {
                let (stream, from) = Listener::accept(listener).await;
                (Stream::Plain(stream), from)
            }
            Self::Tls { ready, .. } => match ready.recv().await {
                Some(arrival) => arrival,
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        match self {
            Self::Plain(listener) => listener.local_addr(),
            Self::Tls { address, .. } => Ok(*address),
        }
    }
}

/// A connection, plain or TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
