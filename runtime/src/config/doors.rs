//! The doors of a service: its own for HTTP, and those of the external systems that it calls.
//! It must not know: who comes through.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Secret, Size, Span};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExternalSection {
    pub(crate) url: Option<String>,
    pub(crate) timeout: Option<Span>,
    pub(crate) at_most: Option<u32>,
    pub(crate) per: Option<Span>,
    pub(crate) wait: Span,
    pub(crate) breaker_failures: u32,
    pub(crate) breaker_pause: Span,
    pub(crate) outage: Outage,
}

/// What a webhook's calls are signed with.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebhookSection {
    pub(crate) secret: Secret,
    pub(crate) previous: Secret,
}

/// What it is for a command that an external system is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outage {
    /// It waits and burns no attempt.
    Wait,
    /// It burns an attempt.
    TryAgain,
    /// It is given up on.
    GiveUp,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpSection {
    pub(crate) listen: String,
    pub(crate) open: bool,
    pub(crate) in_flight: usize,
    pub(crate) max_body: Size,
    pub(crate) timeout: Span,
    pub(crate) tenant: String,
    pub(crate) token: Option<Secret>,
    pub(crate) tokens: BTreeMap<String, Secret>,
    pub(crate) tls: TlsSection,
}

/// Files in PEM; all empty for a door without TLS.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsSection {
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) client_ca: String,
}

impl Default for ExternalSection {
    fn default() -> Self {
        let (url, timeout, at_most, per) = (None, None, None, None);
        let (wait, breaker_pause) = (Span::seconds(5), Span::seconds(10));
        Self { url, timeout, at_most, per, wait, breaker_failures: 5, breaker_pause, outage: Outage::Wait }
    }
}

impl Default for HttpSection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9464".into(),
            open: false,
            in_flight: 256,
            max_body: Size(1 << 20),
            timeout: Span::seconds(10),
            tenant: "X-Tenant".into(),
            token: None,
            tokens: BTreeMap::new(),
            tls: TlsSection::default(),
        }
    }
}
