//! Who may ask: a bearer token, a client certificate, or both when both are configured. Compared in constant time.
//! It must not know: what is asked for.

use axum::http::{HeaderMap, StatusCode, header};
use ring::hmac;
use ring::rand::SystemRandom;

use super::problem::Problem;
use super::tls::Peer;
use crate::config::HttpSection;
use crate::fault::Fault;

/// The tokens that are let in, and whether a client certificate is asked for.
pub(super) struct Guard {
    /// Tags are compared in place of tokens: neither length nor first difference shows in the time it takes.
    key: hmac::Key,
    tokens: Vec<(String, hmac::Tag)>,
    certificate: bool,
}

impl Guard {
    /// # Errors
    /// A token is empty or not one word of visible letters.
    pub(super) fn new(section: &HttpSection) -> Result<Self, Fault> {
        let broken = |_| Fault::world("A-104", "the system gives no random numbers", "look at the system");
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(broken)?;
        let single = section.token.iter().map(|token| ("token".to_owned(), token));
        let named = section.tokens.iter().map(|(name, token)| (name.clone(), token));
        let mut tokens = Vec::new();
        for (name, token) in single.chain(named) {
            if token.0.is_empty() || !token.0.bytes().all(|byte| byte.is_ascii_graphic()) {
                let at = if name == "token" { "http.token".into() } else { format!("http.tokens.{name}") };
                let message = format!("`{at}` is empty, or not one word of visible letters");
                return Err(Fault::configuration(
                    "A-103",
                    message,
                    "put a long random word there, or remove the key",
                ));
            }
            tokens.push((name, hmac::sign(&key, token.0.as_bytes())));
        }
        Ok(Self { key, tokens, certificate: !section.tls.client_ca.is_empty() })
    }

    /// True when anyone is let in.
    pub(super) fn is_open(&self) -> bool {
        self.tokens.is_empty() && !self.certificate
    }

    /// Who asks: the token's name, or the certificate's; nothing when nobody is asked who they are.
    pub(super) fn admit(&self, headers: &HeaderMap, peer: &Peer) -> Result<Option<String>, Problem> {
        if self.certificate && peer.certificate.is_none() {
            let detail = "send a client certificate that `http.tls.client_ca` has signed";
            return Err(refused(detail));
        }
        let by_certificate = peer.certificate.as_ref().map(|print| format!("certificate:{print}"));
        if self.tokens.is_empty() {
            return Ok(by_certificate.filter(|_| self.certificate));
        }
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let sent = value.and_then(|value| value.split_once(' '));
        let token =
            sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let Some(token) = token else {
            return Err(refused("send a token: `Authorization: Bearer …`"));
        };
        // Every tag is looked at, whichever fits.
        let fits =
            |(_, tag): &&(String, hmac::Tag)| hmac::verify(&self.key, token.as_bytes(), tag.as_ref()).is_ok();
        let found =
            self.tokens.iter().filter(fits).fold(None, |first, (name, _)| first.or(Some(name.clone())));
        found.map(Some).ok_or_else(|| refused("the token is none of those that are let in"))
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "A-201", "who asks is not known", detail)
        .header(header::WWW_AUTHENTICATE, "Bearer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Secret, TlsSection};

    fn section(token: Option<&str>, named: &[(&str, &str)], client_ca: &str) -> HttpSection {
        let tokens = named.iter().map(|(name, token)| ((*name).into(), Secret((*token).into()))).collect();
        let tls = TlsSection { client_ca: client_ca.into(), ..TlsSection::default() };
        HttpSection { token: token.map(|token| Secret(token.into())), tokens, tls, ..HttpSection::default() }
    }

    fn ask(
        guard: &Guard,
        authorization: Option<&str>,
        certificate: Option<&str>,
    ) -> Result<Option<String>, ()> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        guard.admit(&headers, &Peer { certificate: certificate.map(Into::into) }).map_err(|_| ())
    }

    #[test]
    fn old_and_new_tokens_are_let_in_side_by_side_and_others_are_not() {
        let guard =
            Guard::new(&section(Some("first"), &[("spring", "second"), ("summer", "third")], "")).unwrap();
        assert_eq!(ask(&guard, Some("Bearer first"), None), Ok(Some("token".into())));
        assert_eq!(ask(&guard, Some("bearer  third"), None), Ok(Some("summer".into())));
        for refused in [
            None,
            Some("Bearer"),
            Some("Bearer "),
            Some("Bearer firs"),
            Some("Bearer firstt"),
            Some("Basic first"),
        ] {
            assert_eq!(ask(&guard, refused, None), Err(()), "{refused:?}");
        }
        assert_eq!(ask(&guard, None, Some("ab")), Err(()), "a certificate is no token");
    }

    #[test]
    fn all_that_is_configured_is_asked_for() {
        let both = Guard::new(&section(Some("first"), &[], "ca.pem")).unwrap();
        assert_eq!(ask(&both, Some("Bearer first"), None), Err(()));
        assert_eq!(ask(&both, None, Some("ab")), Err(()));
        assert_eq!(ask(&both, Some("Bearer first"), Some("ab")), Ok(Some("token".into())));
        let certificate = Guard::new(&section(None, &[], "ca.pem")).unwrap();
        assert_eq!(ask(&certificate, None, Some("ab")), Ok(Some("certificate:ab".into())));
        let open = Guard::new(&section(None, &[], "")).unwrap();
        assert!(open.is_open() && !both.is_open() && !certificate.is_open());
        assert_eq!(ask(&open, None, None), Ok(None));
    }

    #[test]
    fn an_empty_token_is_no_token() {
        for token in ["", " ", "two words", "line\n"] {
            let fault = Guard::new(&section(None, &[("ci", token)], "")).err().unwrap();
            assert!(fault.code == "A-103" && fault.message.contains("`http.tokens.ci`"), "{}", fault.message);
        }
    }
}
