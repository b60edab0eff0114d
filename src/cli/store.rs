//! The stores that the command line can name.
//!
//! In: `sqlite:PATH` or `postgresql://…`. Out: an engine upon that store, whichever it is. Of the name of a
//! database nothing is said again, since it may have a password in it.

use std::path::Path;

use super::CliError;
use crate::runtime::{Engine, Sqlite, Store, StoreError};

/// An engine upon whichever store was named.
pub(super) type AnyEngine = Engine<Box<dyn Store>>;

/// The forms in which a store is named, for help texts.
const FORMS: &str = "write it as `sqlite:PATH`, for example `sqlite:orders.db`, or as \
     `postgresql://USER@HOST/DATABASE`; \
     `https://HOST` is a server";

/// What makes a store where there is none.
const MAKE: &str = "`flagstate orders deploy FILE` makes a store";

/// Where a store is.
enum Place<'a> {
    File(&'a Path),
    Database(&'a str),
}

/// A store that must be there.
pub(super) fn open(name: &str) -> Result<AnyEngine, CliError> {
    match place(name)? {
        Place::File(path) => existing(path, Sqlite::open_existing(path)),
        Place::Database(address) => database(address, false),
    }
}

/// Whether it is a server that is named, and no store.
pub(super) fn is_server(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// A store that must be there, to read it.
pub(super) fn open_to_read(name: &str) -> Result<AnyEngine, CliError> {
    match place(name)? {
        Place::File(path) => existing(path, Sqlite::open_to_read(path)),
        Place::Database(address) => database(address, false),
    }
}

fn existing(path: &Path, store: Result<Sqlite, StoreError>) -> Result<AnyEngine, CliError> {
    let store = store.map_err(|error| {
        let error = failed(&error).about(path.to_string_lossy());
        match path.exists() {
            true => error,
            false => error.help(MAKE),
        }
    })?;
    Ok(engine(store))
}

/// A store, made where it is not there.
pub(super) fn create(name: &str) -> Result<AnyEngine, CliError> {
    match place(name)? {
        Place::File(path) => {
            let store = Sqlite::open(path);
            let store = store.map_err(|error| failed(&error).about(path.to_string_lossy()))?;
            Ok(engine(store))
        }
        Place::Database(address) => database(address, true),
    }
}

fn engine(store: impl Store + 'static) -> AnyEngine {
    Engine::new(Box::new(store))
}

fn place(name: &str) -> Result<Place<'_>, CliError> {
    match name.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Place::File(Path::new(path))),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            Ok(Place::Database(name))
        }
        Some(("http" | "https", rest)) if rest.starts_with("//") => {
            let error = CliError::new("a server does not offer this");
            Err(error.help("name the store itself, as `sqlite:PATH` or `postgresql://…`"))
        }
        _ => Err(CliError::new(format!("`{}` is no store", shown(name))).help(FORMS)),
    }
}

/// A name without what may be a password.
fn shown(name: &str) -> String {
    match name.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://…"),
        None if name.contains(['@', '=']) => "…".to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(feature = "postgres")]
fn database(address: &str, make: bool) -> Result<AnyEngine, CliError> {
    use crate::runtime::Postgres;
    use crate::runtime::postgres::Address;
    let mut address = Address::parse(address).map_err(|error| failed(&error))?;
    if let Some(password) = std::env::var("PGPASSWORD")
        .ok()
        .filter(|_| !address.has_password())
    {
        address = address.with_password(&password);
    }
    let store = match make {
        true => Postgres::open(address),
        false => Postgres::open_existing(address),
    };
    let store = store.map_err(|error| match &error {
        StoreError::Failed(why) if why.contains("there is no store") => failed(&error).help(MAKE),
        _ => failed(&error),
    })?;
    Ok(engine(store))
}

#[cfg(not(feature = "postgres"))]
fn database(_: &str, _: bool) -> Result<AnyEngine, CliError> {
    let why = "this flagstate was built without PostgreSQL";
    Err(CliError::new(why).help("build it with `cargo install --path . --features postgres`"))
}

/// What a store could not do.
pub(super) fn failed(error: &StoreError) -> CliError {
    CliError::new(error.to_string())
}
