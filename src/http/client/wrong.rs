//! Why a server did not answer.
//!
//! In: errors on the way, and answers that no server of orders gives. Out: [`ClientError`].

use ureq::http::{Response, header};

use crate::http::outward;
use crate::http::problem::Kind;

/// Why a server did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Its address cannot be asked.
    #[error("the server's address cannot be used: {0}")]
    Address(&'static str),
    /// The token cannot be sent.
    #[error("the token is none: it has a character that no token has")]
    Token,
    /// An order, a workflow or an effect cannot be named to a server.
    #[error("a name is empty, `.` or `..`: nothing is called so")]
    Name,
    /// The id of an event cannot be sent.
    #[error(
        "the id of an event cannot be sent: at a server it has visible ASCII characters alone, and no `\"`"
    )]
    Id,
    /// What is asked cannot be sent.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    /// There is no way to it: nothing was asked.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// It is not known who it is: nothing was asked.
    #[error("the server's certificate is not believed: {0}")]
    Untrusted(String),
    /// It was asked, and there is no answer.
    #[error("the server did not answer: {why}")]
    Silent {
        /// What went wrong.
        why: String,
        /// Whether it may have done what was asked.
        may_be_done: bool,
    },
    /// It names another address.
    #[error("what answered sends elsewhere: it answers {status} and names {to}")]
    Elsewhere {
        /// The status.
        status: u16,
        /// The address in backticks, or that there is none.
        to: String,
    },
    /// What stands before it answered in its place.
    #[error("what answered stands before the server: it answers {status} without JSON")]
    Between {
        /// The status.
        status: u16,
        /// In how many seconds it may be asked again.
        retry_after: Option<u64>,
    },
    /// What answered is something else.
    #[error("what answered is no server of orders: {0}")]
    Foreign(String),
    /// A server does not do this.
    #[error("a server is not asked for this")]
    NotOffered,
    /// It answered with a problem that is no answer of the runtime.
    #[error("{detail}")]
    Problem {
        /// The last part of its type, as `forbidden`.
        kind: String,
        /// The status.
        status: u16,
        /// What went wrong, in a sentence.
        detail: String,
        /// In how many seconds it may be asked again.
        retry_after: Option<u64>,
        /// What is wrong with a workflow, a line for each finding.
        findings: Vec<String>,
    },
}

impl ClientError {
    /// Whether it is the problem of this kind.
    pub(super) fn is(&self, wanted: Kind) -> bool {
        matches!(self, Self::Problem { kind, .. } if kind == wanted.id())
    }

    /// What went wrong on the way of a request, which may change something or not.
    pub(super) fn of(error: &ureq::Error, may_be_done: bool) -> Self {
        use ureq::Timeout::{Connect, Resolve};
        let why = error.to_string();
        let silent = |why| Self::Silent { why, may_be_done };
        match error {
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => Self::Untrusted(why),
            ureq::Error::Io(io) => match io.get_ref().and_then(|inner| inner.downcast_ref()) {
                Some(rustls::Error::InvalidCertificate(why)) => Self::Untrusted(why.to_string()),
                _ if io.kind() == std::io::ErrorKind::ConnectionRefused => Self::Unreachable(why),
                _ => silent(why),
            },
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::BadUri(_)
            | ureq::Error::InvalidProxyUrl
            | ureq::Error::ConnectProxyFailed(_)
            | ureq::Error::Timeout(Connect | Resolve) => Self::Unreachable(why),
            ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
                Self::Foreign(why)
            }
            _ => silent(why),
        }
    }

    /// What an answer without JSON says.
    pub(super) fn strange<B>(answer: &Response<B>) -> Self {
        let status = answer.status().as_u16();
        let retry_after = outward::retry_after(answer.headers());
        match status {
            300..=399 => {
                let to = answer.headers().get(header::LOCATION);
                let to = to.and_then(|to| to.to_str().ok());
                let to = to.map_or("no address".to_owned(), |to| format!("`{to}`"));
                Self::Elsewhere { status, to }
            }
            429 | 502..=504 => Self::Between {
                status,
                retry_after,
            },
            _ => Self::Foreign(format!("it answers {status} without JSON")),
        }
    }
}
