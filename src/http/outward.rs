//! Requests that go out: to receivers of webhooks, and to a server of orders.
//!
//! In: an address. Out: whether it may be asked, and who asks.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::runtime::{Clock as _, SystemClock};
use ureq::http::{HeaderMap, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Who asks at an address: it believes whom this system believes, and follows nobody elsewhere. What is asked of
/// this machine in the clear goes through no proxy.
pub(super) fn agent(url: &str, timeout: Duration) -> ureq::Agent {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots = roots
        .iter()
        .map(|root| Certificate::from_der(root).to_owned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots.collect())))
        .unversioned_rustls_crypto_provider(provider);
    let config = ureq::Agent::config_builder()
        .tls_config(tls.build())
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("flagstate/", env!("CARGO_PKG_VERSION")));
    let config = match url.starts_with("https:") {
        true => config,
        false => config.proxy(None),
    };
    config.build().into()
}

/// Why nothing may be sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadUrl {
    /// It is none.
    Unread,
    /// It names no host.
    Hostless,
    /// Its port is none: what reads addresses would pass over it, and ask at another.
    Portless,
    /// Others on the way would read what is sent.
    Clear,
    /// It is neither of HTTPS nor of HTTP.
    Other,
}

impl BadUrl {
    /// What is wrong with the `url` of a webhook; it completes a sentence.
    pub(super) fn of_webhook(self) -> &'static str {
        match self {
            Self::Unread => "has no `url` that can be read",
            Self::Hostless => "has no host in its `url`",
            Self::Portless => "has a port in its `url` that is no number from 1 to 65535",
            Self::Clear => "is read by others on the way: its `url` must begin with `https://`",
            Self::Other => "must have a `url` that begins with `https://`",
        }
    }

    /// What is wrong with the address of a server; it completes a sentence.
    pub(super) fn of_server(self) -> &'static str {
        match self {
            Self::Unread => "it cannot be read",
            Self::Hostless => "it names no host",
            Self::Portless => "its port is no number from 1 to 65535",
            Self::Clear => {
                "what is sent by `http://` is read by others on the way, unless it stays on this machine"
            }
            Self::Other => "it begins with neither `https://` nor `http://`",
        }
    }
}

/// Whether an address may be sent to.
pub(super) fn check_url(url: &str) -> Result<(), BadUrl> {
    let Ok(url) = url.parse::<Uri>() else {
        return Err(BadUrl::Unread);
    };
    let host = url.host().unwrap_or_default();
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_here = host.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| address.is_loopback());
    match url.scheme_str() {
        _ if host.is_empty() => Err(BadUrl::Hostless),
        _ if !has_port_that_is_one(&url) => Err(BadUrl::Portless),
        Some("https") => Ok(()),
        Some("http") if is_here => Ok(()),
        Some("http") => Err(BadUrl::Clear),
        _ => Err(BadUrl::Other),
    }
}

/// Whether the port of an address is one, where it names any.
fn has_port_that_is_one(url: &Uri) -> bool {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let (_, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    // There are colons in an address of IPv6 too.
    let (_, behind) = place.rsplit_once(']').unwrap_or(("", place));
    let port = behind.split_once(':').map(|(_, port)| port.parse());
    !matches!(port, Some(Err(_) | Ok(0_u16)))
}

/// In how many seconds an answer says that one may ask again: a number of them, or a time (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    read_after(text, SystemClock.now().into())
}

fn read_after(text: &str, now: SystemTime) -> Option<u64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let then = httpdate::parse_http_date(text).ok()?;
    let wait = then.duration_since(now).unwrap_or_default();
    Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_none_is_not_passed_over() {
        for url in [
            "http://127.0.0.1:99999",
            "http://127.0.0.1:65536/x",
            "https://localhost:8443x",
            "https://localhost:84430",
            "https://[::1]:0",
            "https://a.example:",
            "https://joe:1@a.example:-1",
        ] {
            let bad = check_url(url).unwrap_err();
            assert!(
                matches!(bad, BadUrl::Portless | BadUrl::Unread),
                "{url}: {bad:?}"
            );
        }
        for url in [
            "http://127.0.0.1:65535",
            "http://[::1]:8080/x",
            "http://[::1]",
            "https://joe:x@a.example:1",
            "https://a.example",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_time_to_ask_again_is_told_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Mon, 05 Jan 2026 09:00:00 GMT").unwrap();
        let now = now - Duration::from_millis(1);
        for (text, told) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("Mon, 05 Jan 2026 09:00:00 GMT", Some(1)),
            ("Monday, 05-Jan-26 09:01:00 GMT", Some(61)),
            ("Mon Jan  5 10:00:00 2026", Some(3_601)),
            ("Mon, 05 Jan 2026 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("Mon, 35 Jan 2026 08:00:00 GMT", None),
        ] {
            assert_eq!(read_after(text, now), told, "{text}");
        }
    }
}
