//! Why a server did not answer, and what to do about it.
//!
//! In: what went wrong. Out: an error with a hint, and whether it may be asked again.

use crate::cli::CliError;
use crate::http::ClientError;

/// How a server is named.
const FORMS: &str =
    "name it as `--store https://HOST[:PORT]`, or `--store http://localhost:8080` on this machine";

/// The longest that a server is waited for, in seconds.
const LONGEST: u64 = 60;

/// Whether the token may not do this.
pub(super) fn is_forbidden(error: &ClientError) -> bool {
    matches!(error, ClientError::Problem { status: 403, .. })
}

/// In how many seconds to ask again what was not done, because too much was asked.
pub(super) fn wait(error: &ClientError) -> Option<u64> {
    match error {
        ClientError::Problem {
            status,
            kind,
            retry_after,
            ..
        } if *status == 429 || kind == "overloaded" => {
            Some(retry_after.unwrap_or(1).clamp(1, LONGEST))
        }
        _ => None,
    }
}

pub(super) fn said<T>(answer: Result<T, ClientError>) -> Result<T, CliError> {
    answer.map_err(|error| {
        let told = CliError::new(error.to_string());
        let findings = match &error {
            ClientError::Problem { findings, .. } => findings.as_slice(),
            _ => &[],
        };
        let told = findings.iter().fold(told, CliError::help);
        match help(&error) {
            Some(help) => told.help(help),
            None => told,
        }
    })
}

fn help(error: &ClientError) -> Option<String> {
    let fixed = match error {
        ClientError::Address(_) => FORMS,
        ClientError::Token => {
            "`flagstate serve --new-token TENANT` prints one, for `FLAGSTATE_TOKEN`"
        }
        ClientError::Name => "name the order, the workflow or the effect",
        ClientError::Id => "write `--id` otherwise",
        ClientError::Unsendable(_) => "headers take visible ASCII alone: tenants, ids and tokens",
        ClientError::Unreachable(_) => "`flagstate serve` must run there",
        ClientError::Untrusted(_) => {
            "those are believed that this system believes, or that the file named by `SSL_CERT_FILE` has"
        }
        ClientError::Silent {
            may_be_done: false, ..
        } => "ask again later",
        ClientError::Silent { .. } => {
            "it is not known whether this was carried out: ask again, an order is not moved twice by an event with the same `--id`"
        }
        ClientError::Elsewhere { .. } => {
            "nobody is followed elsewhere with a token: name that address where it is the server's"
        }
        ClientError::Foreign(_) => "is it the address of `flagstate serve`?",
        ClientError::NotOffered => "name the store itself",
        ClientError::Problem { status: 401, .. } => {
            "set `FLAGSTATE_TOKEN` to a token of the server"
        }
        ClientError::Problem { status: 403, .. } => "whoever runs the server says what a token may",
        ClientError::Problem {
            status: 404, kind, ..
        } if kind == "not-found" => "the server may be of another version than this command",
        ClientError::Problem { status: 500, .. } => {
            "whoever runs the server looks at its store with `flagstate orders verify`"
        }
        ClientError::Between { retry_after, .. }
        | ClientError::Problem {
            status: 429 | 503,
            retry_after,
            ..
        } => {
            let when = match retry_after {
                Some(0) => "now".to_owned(),
                Some(1) => "in a second".to_owned(),
                Some(seconds) => format!("in {seconds} seconds"),
                None => "later".to_owned(),
            };
            return Some(format!(
                "ask again {when}; an order is not moved twice by an event with the same `--id`"
            ));
        }
        ClientError::Problem { .. } => return None,
    };
    Some(fixed.to_owned())
}
