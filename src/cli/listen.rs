//! Where a server listens.
//!
//! In: `HOST:PORT`, whose host is an address or a name. Out: the addresses that the name has, and a listener
//! upon the first of them that can be had.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::str::FromStr;

use super::CliError;

/// Where a server is to listen.
#[derive(Debug, Clone)]
pub(super) struct Listen {
    /// As it was typed.
    written: String,
    /// At least one.
    addresses: Vec<SocketAddr>,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let addresses = match written.parse() {
            Ok(address) => vec![address],
            Err(_) => resolved(written)?,
        };
        Ok(Self {
            written: written.to_owned(),
            addresses,
        })
    }
}

/// The addresses of a name.
fn resolved(written: &str) -> Result<Vec<SocketAddr>, String> {
    let parts = written.rsplit_once(':');
    let parts = parts.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let (host, port) = parts
        .filter(|(host, _)| !host.is_empty())
        .ok_or("write it as HOST:PORT, for example `127.0.0.1:8080` or `localhost:8080`")?;
    let found = (host, port).to_socket_addrs();
    let found = found.map_err(|error| format!("`{host}` has no address: {error}"))?;
    let addresses: Vec<SocketAddr> = found.collect();
    match addresses.is_empty() {
        true => Err(format!("`{host}` has no address")),
        false => Ok(addresses),
    }
}

impl Listen {
    /// As it was typed.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Whether only this machine reaches it, whichever of the addresses it is.
    pub(super) fn is_local(&self) -> bool {
        let mut addresses = self.addresses.iter();
        addresses.all(|address| address.ip().is_loopback())
    }

    /// Listens on the first address that can be had, and says which.
    pub(super) fn bind(&self) -> Result<(TcpListener, SocketAddr), CliError> {
        let bound = TcpListener::bind(&*self.addresses)
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = bound.map_err(|error| {
            CliError::new(format!("cannot listen on `{}`: {error}", self.written))
        })?;
        Ok((listener, address))
    }
}
