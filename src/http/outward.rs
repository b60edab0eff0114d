//! Requests that go out: to receivers of webhooks, and to a server of orders.
//!
//! In: an address. Out: whether it may be asked, and who asks.

use std::sync::Arc;
use std::time::Duration;

use ureq::http::Uri;
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

/// Whether an address may be sent to; the error completes a sentence.
pub(super) fn check_url(url: &str) -> Result<(), &'static str> {
    let Ok(url) = url.parse::<Uri>() else {
        return Err("has no `url` that can be read");
    };
    let host = url.host().unwrap_or_default();
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_here = host.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| address.is_loopback());
    match url.scheme_str() {
        _ if host.is_empty() => Err("has no host in its `url`"),
        Some("https") => Ok(()),
        Some("http") if is_here => Ok(()),
        Some("http") => Err("is read by others on the way: its `url` must begin with `https://`"),
        _ => Err("must have a `url` that begins with `https://`"),
    }
}
