//! Answers as they were sent.
//!
//! In: bodies. Out: values, answers of the runtime, or what is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{ClientError, Told};
use crate::http::problem::Kind;
use crate::runtime::Answer;

/// The answer of the runtime that a problem tells of.
pub(super) fn answered(told: Told) -> Result<Answer, ClientError> {
    let error = problem(&told)?;
    let mut body = told.body;
    let ClientError::Problem { kind, detail, .. } = &error else {
        return Err(error);
    };
    let detail = detail.clone();
    let known = Kind::ALL.iter().find(|known| known.id() == kind);
    Ok(match known {
        Some(Kind::Refused) => Answer::Refused {
            message: detail,
            refusal: taken(&mut body, "refusal")?,
            receipt: taken(&mut body, "order").ok().map(read).transpose()?,
        },
        Some(Kind::OrderBehind) => Answer::Behind(read(taken(&mut body, "order")?)?),
        Some(Kind::VersionConflict) => Answer::Conflict {
            expected: read(taken(&mut body, "expected")?)?,
            found: read(taken(&mut body, "version")?)?,
        },
        Some(Kind::OrderExists) => Answer::Exists {
            version: read(taken(&mut body, "version")?)?,
        },
        Some(Kind::UnknownOrder) => Answer::UnknownOrder,
        Some(Kind::UnknownWorkflow) => Answer::UnknownWorkflow,
        Some(Kind::KeyReused) => Answer::IdUsed,
        Some(Kind::AnswerErased) => Answer::Erased,
        Some(Kind::OrderStuck) => Answer::Stuck { reason: detail },
        Some(Kind::InvalidRequest) => Answer::Invalid { message: detail },
        _ => return Err(error),
    })
}

/// What was asked for, or nothing where the problem says that it is not there.
pub(super) fn found(told: Told, missing: Kind) -> Result<Option<Json>, ClientError> {
    match succeeded(told) {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.is(missing) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn succeeded(told: Told) -> Result<Json, ClientError> {
    match told.is_success {
        true => Ok(told.body),
        false => Err(problem(&told)?),
    }
}

/// A problem as it was sent.
pub(super) fn problem(told: &Told) -> Result<ClientError, ClientError> {
    let body = &told.body;
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let kind = text("type").and_then(|kind| kind.strip_prefix("/problems/"));
    let status = body.get("status").and_then(Json::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    match (kind, status, text("detail")) {
        (Some(kind), Some(status), Some(detail)) => Ok(ClientError::Problem {
            kind: kind.to_owned(),
            status,
            detail: detail.to_owned(),
            retry_after: told.retry_after,
            findings: findings(body),
        }),
        _ => Err(ClientError::Foreign("its problem is none".to_owned())),
    }
}

/// What is wrong with a workflow, a line for each finding: the file, the line in it, what is wrong.
fn findings(body: &Json) -> Vec<String> {
    let found = body.pointer("/report/findings").and_then(Json::as_array);
    let lines = found.into_iter().flatten().filter_map(|finding| {
        let message = finding.get("message")?.as_str()?;
        let path = finding.get("path")?.as_str()?;
        let line = finding.pointer("/start/line")?.as_u64()?;
        Some(format!("{path}:{line}: {message}"))
    });
    lines.collect()
}

/// A part of an answer.
pub(super) fn taken(body: &mut Json, name: &str) -> Result<Json, ClientError> {
    let part = body.get_mut(name).map(Json::take);
    part.ok_or_else(|| lacks(name))
}

pub(super) fn lacks(name: &str) -> ClientError {
    ClientError::Foreign(format!("its answer has no `{name}`"))
}

pub(super) fn read<T: DeserializeOwned>(body: Json) -> Result<T, ClientError> {
    serde_json::from_value(body).map_err(|error| ClientError::Foreign(error.to_string()))
}
