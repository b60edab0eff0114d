//! The stores that the command line can name.
//!
//! In: `sqlite:PATH` or `postgresql://…`. Out: an engine upon that store, whichever it is. Of the name of a
//! database nothing is said again, since it may have a password in it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
#[cfg(feature = "postgres")]
use std::path::PathBuf;

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

/// The store, to read it; nothing where there is none yet, and one would be made.
pub(super) fn open_if_there(name: &str) -> Result<Option<AnyEngine>, CliError> {
    match place(name)? {
        Place::File(path) => match fs::metadata(path) {
            Ok(known) if known.len() > 0 => open_to_read(name).map(Some),
            // An empty file becomes a store.
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound && has_folder(path) => Ok(None),
            Err(error) => {
                let path = path.display();
                Err(CliError::new(format!(
                    "no store can be made at `{path}`: {error}"
                )))
            }
        },
        Place::Database(address) => match connect(address, false)? {
            Err(error) if is_missing(&error) => Ok(None),
            store => store.map(Some).map_err(|error| failed(&error)),
        },
    }
}

/// Whether a file could be made there.
fn has_folder(path: &Path) -> bool {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.is_none_or(Path::is_dir)
}

fn database(address: &str, make: bool) -> Result<AnyEngine, CliError> {
    connect(address, make)?.map_err(|error| match is_missing(&error) {
        true => failed(&error).help(MAKE),
        false => failed(&error),
    })
}

/// Whether there is no store yet.
fn is_missing(error: &StoreError) -> bool {
    matches!(error, StoreError::Failed(why) if why.contains("there is no store"))
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
        // What other tools read otherwise is no file of that name.
        Some(("sqlite", path)) if path.starts_with("//") || path.starts_with(':') => {
            let error = CliError::new(format!("`{name}` names no file"));
            Err(error.help("write the path right behind the colon: `sqlite:orders.db`, `sqlite:/srv/orders.db`"))
        }
        Some(("sqlite", path)) if !path.is_empty() => Ok(Place::File(Path::new(path))),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            Ok(Place::Database(name))
        }
        Some(("http" | "https", rest)) if rest.starts_with("//") => {
            let error = CliError::new("a server is not asked for this");
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
fn connect(address: &str, make: bool) -> Result<Result<AnyEngine, StoreError>, CliError> {
    use crate::runtime::Postgres;
    use crate::runtime::postgres::Address;
    let mut address = Address::parse(address).map_err(|error| failed(&error))?;
    if !address.has_password()
        && let Some(password) = password(&address)?
    {
        address = address.with_password(&password);
    }
    let store = match make {
        true => Postgres::open(address),
        false => Postgres::open_existing(address),
    };
    Ok(store.map(engine))
}

/// The password that stands in the environment or in the file of passwords, as PostgreSQL's own clients look for
/// it.
#[cfg(feature = "postgres")]
fn password(address: &crate::runtime::postgres::Address) -> Result<Option<String>, CliError> {
    let given = std::env::var("PGPASSWORD").ok();
    if let Some(password) = given.filter(|password| !password.is_empty()) {
        return Ok(Some(password));
    }
    let named = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    let own = std::env::home_dir().map(|home| home.join(".pgpass"));
    let Some(path) = named.or(own) else {
        return Ok(None);
    };
    // Where there is none, nobody has written one.
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(None);
    };
    let found = address.password_in(&text);
    if found.is_some() && is_open_to_others(&path) {
        let why = format!(
            "`{}` can be read by others, and is not used",
            path.display()
        );
        let help = format!("`chmod 600 {}` closes it", path.display());
        return Err(CliError::new(why).help(help));
    }
    Ok(found)
}

#[cfg(all(feature = "postgres", unix))]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let known = std::fs::metadata(path);
    known.is_ok_and(|known| known.permissions().mode() & 0o077 != 0)
}

#[cfg(all(feature = "postgres", not(unix)))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

#[cfg(not(feature = "postgres"))]
fn connect(_: &str, _: bool) -> Result<Result<AnyEngine, StoreError>, CliError> {
    let why = "this flagstate was built without PostgreSQL";
    Err(CliError::new(why).help("build it with `cargo install --path . --features postgres`"))
}

/// What a store could not do.
pub(super) fn failed(error: &StoreError) -> CliError {
    CliError::new(error.to_string())
}
