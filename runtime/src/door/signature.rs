//! A webhook's signature: HMAC-SHA256 of the body as it came, under a secret that both sides know. Compared in constant
//! time.
//! It must not know: what a body says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The secrets that a call may be signed with: the one now, and the one before while it is rotated.
pub(super) struct Signature(Vec<hmac::Key>);

impl Signature {
    pub(super) fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let key = |secret: &str| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self(secrets.into_iter().map(key).collect())
    }

    /// True when `header` holds the body's signature: hexadecimal, `sha256=` before it or not, or base64.
    pub(super) fn fits(&self, header: &str, body: &[u8]) -> bool {
        let text = header.trim();
        let text = text.strip_prefix("sha256=").unwrap_or(text);
        let Some(tag) = hexadecimal(text).or_else(|| STANDARD.decode(text).ok()) else { return false };
        // Every key is tried, whichever fits.
        self.0.iter().filter(|key| hmac::verify(key, body, &tag).is_ok()).count() > 0
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| Some((digit(pair[0])? << 4 | digit(*pair.get(1)?)?) as u8);
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    const BODY: &[u8] = b"what do ya want for nothing?";
    const HEX: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn a_signature_is_hexadecimal_or_base64_of_the_body_as_it_came() {
        let signature = Signature::new(["Jefe"]);
        let base64 = STANDARD.encode(hexadecimal(HEX).unwrap());
        for good in [HEX, &HEX.to_uppercase(), &format!("sha256={HEX}"), &format!(" {HEX} "), &base64] {
            assert!(signature.fits(good, BODY), "{good}");
        }
        assert!(!signature.fits(HEX, b"what do ya want for nothing!"));
        for bad in ["", "sha256=", &HEX[..62], &HEX.replace('5', "6"), "é", "sha1=00", &base64[1..]] {
            assert!(!signature.fits(bad, BODY), "{bad}");
        }
    }

    #[test]
    fn an_old_secret_is_good_beside_the_new_one_and_none_lets_nobody_in() {
        assert!(Signature::new(["new", "Jefe"]).fits(HEX, BODY));
        assert!(!Signature::new(["new"]).fits(HEX, BODY));
        assert!(!Signature::new([]).fits(HEX, BODY));
    }
}
