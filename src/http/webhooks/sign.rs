//! Signatures of what is sent.
//!
//! In: a secret, and what is sent. Out: the signature of Standard Webhooks 1.0: HMAC-SHA256 of the id, the
//! time and the body, joined by dots, in Base64, behind the version `v1`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// With what a secret begins.
const PREFIX: &str = "whsec_";

/// How many bytes a secret may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// What sender and receiver alone know.
pub(super) struct Secret(Vec<u8>);

impl Secret {
    /// A secret as it is written; the error completes a sentence.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let key = text
            .strip_prefix(PREFIX)
            .and_then(|text| STANDARD.decode(text).ok());
        let key = key.filter(|key| LENGTHS.contains(&key.len()));
        key.map(Self).ok_or(
            "has no `secret` of `whsec_` and 24 to 64 bytes in Base64: \
             `flagstate serve --new-webhook TENANT` makes one",
        )
    }

    /// A new secret.
    pub(super) fn random() -> Result<Self, String> {
        let mut key = vec![0; 32];
        getrandom::fill(&mut key).map_err(|error| error.to_string())?;
        Ok(Self(key))
    }

    /// The signature of a body that is sent under an id at a time, in seconds since 1970.
    pub(super) fn sign(&self, id: &str, at: i64, body: &str) -> Result<String, String> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|e| e.to_string())?;
        hmac.update(format!("{id}.{at}.{body}").as_bytes());
        Ok(format!(
            "v1,{}",
            STANDARD.encode(hmac.finalize().into_bytes())
        ))
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(&self.0))
    }
}
