//! TLS and client certificates, made here.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use storm_runtime::testing::Running;
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::client::{Answer, ask, connect};
use super::mini::handlers::Handlers;
use super::mini::service::orders;
use super::{NOTE, rig};

/// Who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in DER.
type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Signs for a name; the PEM files go into the folder.
    fn sign(&self, name: &str, folder: &Path) -> Identity {
        let key = KeyPair::generate().unwrap();
        let signed = CertificateParams::new(vec![name.into()]).unwrap().signed_by(&key, &self.0).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), signed.pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        (signed.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }
}

async fn hello(
    door: SocketAddr,
    server: &Authority,
    identity: Option<Identity>,
) -> std::io::Result<TlsStream<tokio::net::TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(server.0.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder.with_client_auth_cert(vec![certificate], key).unwrap(),
    };
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, connect(door).await).await
}

async fn post(stream: TlsStream<tokio::net::TcpStream>) -> Answer {
    let body = br#"{"order_id": "o-1", "total": 1}"#;
    ask(stream, "POST", NOTE, &[("Content-Type", "application/json")], body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mutual_tls_commands_ask_for_a_certificate_and_health_does_not() {
    let rig = rig().await;
    let folder = tempfile::tempdir().unwrap();
    let (ours, strangers) = (Authority::new(), Authority::new());
    ours.sign("localhost", folder.path());
    std::fs::write(folder.path().join("ca.pem"), ours.0.pem()).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let section = format!(
        "[tls]\ncert = '{}'\nkey = '{}'\nclient_ca = '{}'\n",
        path("localhost.pem"),
        path("localhost.key"),
        path("ca.pem")
    );
    let (running, door): (Running, _) = rig.open(orders(Handlers::default()), &section).await.unwrap();

    // Someone who never shakes hands holds up nobody.
    let silent = connect(door).await;
    let clerk = ours.sign("clerk", folder.path());
    let accepted = post(hello(door, &ours, Some(clerk)).await.unwrap()).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let commands = rig.until("orders_commands", 1).await;
    let issuer = commands[0].header("storm-issuer");
    assert!(issuer.starts_with("certificate:") && issuer.len() == 12 + 64, "{issuer}");

    let nobody = post(hello(door, &ours, None).await.unwrap()).await;
    assert_eq!((nobody.status, nobody.code().as_str()), (401, "A-201"));
    let metrics = ask(hello(door, &ours, None).await.unwrap(), "GET", "/metrics", &[], b"").await;
    assert_eq!(metrics.status, 200);

    // A certificate of others ends the connection: at the handshake, or at the first read after it.
    let stranger = strangers.sign("clerk", folder.path());
    if let Ok(mut stream) = hello(door, &ours, Some(stranger)).await {
        let mut byte = [0];
        let read = stream.read(&mut byte).await;
        assert!(!matches!(read, Ok(n) if n > 0), "{read:?}");
    }
    // Neither does plain HTTP get an answer.
    let mut plain = connect(door).await;
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET /livez HTTP/1.1\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said).await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    drop(silent);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_that_is_half_there_is_refused_at_the_start() {
    let rig = rig().await;
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    authority.sign("localhost", folder.path());
    authority.sign("other", folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (cert, key, other) = (path("localhost.pem"), path("localhost.key"), path("other.key"));
    for section in [
        format!("[tls]\ncert = '{cert}'\n"),
        format!("[tls]\nclient_ca = '{cert}'\n"),
        format!("[tls]\ncert = '{cert}'\nkey = '{}'\n", path("nowhere.key")),
        format!("[tls]\ncert = '{key}'\nkey = '{key}'\n"),
        format!("[tls]\ncert = '{cert}'\nkey = '{other}'\n"),
    ] {
        let fault = rig.open(orders(Handlers::default()), &section).await.err().unwrap();
        assert!(fault.code == "A-102" && fault.configuration, "{section}: {fault}");
        assert!(!fault.to_string().contains("PRIVATE"), "{fault}");
    }
    rig.end().await;
}
