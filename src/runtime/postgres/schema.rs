//! The schema: whether it is ours, which form it has, and how it is brought to the newest.
//!
//! In: a connection and the name of a schema. Out: tables of the newest form in it. A schema that is no
//! store of ours, or that a later version wrote, is refused before anything is written.

use super::address::Address;
use super::error::Trouble;
use super::link::Link;
use crate::runtime::store::StoreError;

/// What marks a schema as a store, and numbers the locks under which it is changed: `Flag` in ASCII.
const APPLICATION: i32 = 0x466C_6167;

/// Each step brings a schema from the form of its number to the next; form 0 is an empty one.
const STEPS: [&str; 1] = [include_str!("1.sql")];

/// Where the form stands. It is made before the first step, and is the same in all forms.
const FORM: &str = "CREATE TABLE store ( \
     application INTEGER PRIMARY KEY, \
     form INTEGER NOT NULL)";

/// What may be done to a schema that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Created,
    Refused,
}

/// Makes sure that the store is there and has the newest form.
pub(super) async fn open(
    link: &mut Link,
    address: &Address,
    missing: Missing,
) -> Result<(), Trouble> {
    match judge(&look(link, address).await?, address, missing)? {
        Found::Newest => Ok(()),
        Found::Older => upgrade(link, address, missing).await,
    }
}

/// What a schema says it is.
enum Form {
    /// There is no such schema, or nothing is in it.
    Empty { exists: bool },
    /// There is something in it, and it is not ours.
    Other,
    /// Ours, of this form.
    Ours(i32),
}

async fn look(link: &mut Link, address: &Address) -> Result<Form, Trouble> {
    let client = link.client();
    let asked = "SELECT to_regnamespace($1::text) IS NOT NULL, \
         EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1::text)), \
         EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass($1::text || '.store') \
             AND attname = 'application')";
    let row = client.query_one(asked, &[&address.schema]).await?;
    let (exists, filled, marked): (bool, bool, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !filled {
        return Ok(Form::Empty { exists });
    }
    if !marked {
        return Ok(Form::Other);
    }
    let asked = format!(
        "SELECT form FROM {}.store WHERE application = $1",
        address.schema
    );
    let row = client.query_opt(&asked, &[&APPLICATION]).await?;
    Ok(match row {
        Some(row) => Form::Ours(row.try_get(0)?),
        None => Form::Other,
    })
}

/// How far a store that may be used has come.
enum Found {
    Newest,
    Older,
}

fn judge(form: &Form, address: &Address, missing: Missing) -> Result<Found, StoreError> {
    let schema = format!("the schema `{}`", address.schema);
    Err(match form {
        Form::Ours(form) if *form == newest() => return Ok(Found::Newest),
        Form::Ours(form) if *form < newest() => return Ok(Found::Older),
        Form::Empty { .. } if missing == Missing::Created => return Ok(Found::Older),
        Form::Ours(form) => StoreError::Corrupt(format!(
            "{schema} has form {form} of a store, and this version of flagstate knows forms up to {}",
            newest()
        )),
        Form::Empty { exists: false } => {
            StoreError::Failed(format!("there is no store: {schema} is not there"))
        }
        Form::Empty { exists: true } => {
            StoreError::Failed(format!("there is no store: {schema} is empty"))
        }
        Form::Other => StoreError::Corrupt(format!(
            "{schema} belongs to another program, and is no store of orders"
        )),
    })
}

/// The steps that are there, as a number of PostgreSQL's.
fn newest() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// All steps that are missing, in one transaction, while nobody else does the same.
async fn upgrade(link: &mut Link, address: &Address, missing: Missing) -> Result<(), Trouble> {
    begin(link, address).await?;
    let done = steps(link, address, missing).await;
    let client = link.client();
    match done {
        Ok(()) => Ok(client.batch_execute("COMMIT").await?),
        Err(wrong) => {
            client.batch_execute("ROLLBACK").await?;
            Err(wrong)
        }
    }
}

/// Another process may be at it; what it does is seen by what is asked behind this.
async fn begin(link: &mut Link, address: &Address) -> Result<(), Trouble> {
    let client = link.client();
    client
        .batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        .await?;
    let lock = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
    client.query(lock, &[&APPLICATION, &address.schema]).await?;
    Ok(())
}

async fn steps(link: &mut Link, address: &Address, missing: Missing) -> Result<(), Trouble> {
    let form = look(link, address).await?;
    let (exists, done) = match form {
        Form::Ours(form) => (true, Some(form)),
        Form::Empty { exists } => (exists, None),
        Form::Other => (true, None),
    };
    if let Found::Newest = judge(&form, address, missing)? {
        return Ok(());
    }
    let client = link.client();
    if !exists {
        // Where it is there, the right to make one may not be.
        let create = format!("CREATE SCHEMA {}", address.schema);
        client.batch_execute(&create).await?;
    }
    if done.is_none() {
        client.batch_execute(FORM).await?;
    }
    let first = usize::try_from(done.unwrap_or(0)).unwrap_or(0);
    for step in STEPS.iter().skip(first) {
        client.batch_execute(step).await?;
    }
    let form = "INSERT INTO store (application, form) VALUES ($1, $2) \
         ON CONFLICT (application) DO UPDATE SET form = EXCLUDED.form";
    client.execute(form, &[&APPLICATION, &newest()]).await?;
    Ok(())
}
