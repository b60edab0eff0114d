//! The stores that the command line can name.
//!
//! In: `sqlite:PATH`. Out: an engine upon that store, whichever it is.

use std::path::Path;

use super::CliError;
use crate::runtime::{Engine, Sqlite, Store, StoreError};

/// An engine upon whichever store was named.
pub(super) type AnyEngine = Engine<Box<dyn Store>>;

/// The forms in which a store is named, for help texts.
const FORMS: &str = "write it as `sqlite:PATH`, for example `sqlite:orders.db`";

/// A store that must be there.
pub(super) fn open(name: &str) -> Result<AnyEngine, CliError> {
    let path = path(name)?;
    let store = Sqlite::open_existing(Path::new(path)).map_err(|error| {
        let error = failed(&error).about(path);
        match Path::new(path).exists() {
            true => error,
            false => error.help("`flagstate orders deploy FILE` makes a store"),
        }
    })?;
    Ok(engine(store))
}

/// A store, made where it is not there.
pub(super) fn create(name: &str) -> Result<AnyEngine, CliError> {
    let path = path(name)?;
    let store = Sqlite::open(Path::new(path));
    let store = store.map_err(|error| failed(&error).about(path))?;
    Ok(engine(store))
}

fn engine(store: impl Store + 'static) -> AnyEngine {
    Engine::new(Box::new(store))
}

fn path(name: &str) -> Result<&str, CliError> {
    let path = name.strip_prefix("sqlite:").filter(|path| !path.is_empty());
    path.ok_or_else(|| CliError::new(format!("`{name}` is no store")).help(FORMS))
}

/// What a store could not do.
pub(super) fn failed(error: &StoreError) -> CliError {
    CliError::new(error.to_string())
}
