//! Connections that nobody else reads.
//!
//! In: how far the server is trusted, and the roots. Out: what the client encrypts with.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore};
use rustls::{SignatureScheme, crypto};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Trust};
use crate::runtime::store::StoreError;

/// What connections to a server are encrypted with.
pub(super) fn encryption(address: &Address) -> Result<MakeRustlsConnect, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|wrong| StoreError::Failed(wrong.to_string()))?;
    let check = Check {
        roots: roots(address, &provider)?,
        host: address.trust == Trust::Host,
        provider,
    };
    let config = config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(check))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Whoever signs certificates that are believed; nobody where any certificate will do.
fn roots(
    address: &Address,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<WebPkiServerVerifier>>, StoreError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &address.roots {
        let wrong = |why: &dyn std::fmt::Display| {
            StoreError::Failed(format!("`sslrootcert`: `{}`: {why}", path.display()))
        };
        let read = CertificateDer::pem_file_iter(path).map_err(|why| wrong(&why))?;
        for certificate in read {
            let certificate = certificate.map_err(|why| wrong(&why))?;
            roots.add(certificate).map_err(|why| wrong(&why))?;
        }
        if roots.is_empty() {
            return Err(wrong(&"there is no certificate in it"));
        }
    } else if address.trust == Trust::Any {
        return Ok(None);
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let why =
                "this system has no root certificates: name a file of some with `sslrootcert`";
            return Err(StoreError::Failed(why.to_owned()));
        }
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    let verifier = verifier.build();
    verifier
        .map(Some)
        .map_err(|wrong| StoreError::Failed(wrong.to_string()))
}

/// Looks at the server's certificate as `sslmode` says.
#[derive(Debug)]
struct Check {
    /// Who must have signed it.
    roots: Option<Arc<WebPkiServerVerifier>>,
    /// Whether it must be the host's.
    host: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        revocation: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(roots) = &self.roots else {
            return Ok(ServerCertVerified::assertion());
        };
        let found = roots.verify_server_cert(certificate, between, name, revocation, now);
        match found {
            // The name is looked at last: all else holds.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.host => Ok(ServerCertVerified::assertion()),
            found => found,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}
