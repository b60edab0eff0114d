//! What an editor asks.
//!
//! In: requests. Out: a response to each, or an error where there is none.

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, GotoDefinition,
    HoverRequest, PrepareRenameRequest, References, Rename, Request as _, Shutdown,
};
use lsp_types::{
    CodeActionKind, CompletionItem, CompletionResponse, CompletionTextEdit, DocumentSymbolResponse,
    GotoDefinitionResponse, Position, PrepareRenameResponse, TextEdit, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::buffers::name_of;
use super::complete;
use super::cursor::Cursor;
use super::everywhere::Everywhere;
use super::names::Asked;
use super::server::Server;
use crate::source::{FileId, Span};

impl Server<'_> {
    /// Answers a question about the files as they stand.
    pub(super) fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        if self.is_shut {
            let why = "nothing is asked after `shutdown`".to_owned();
            return Response::new_err(id, ErrorCode::InvalidRequest as i32, why);
        }
        // What may follow while one types is told by the names from before.
        if method != Completion::METHOD {
            self.judge();
        }
        match method.as_str() {
            Shutdown::METHOD => {
                self.is_shut = true;
                Response::new_ok(id, Json::Null)
            }
            CodeActionRequest::METHOD => reply::<CodeActionRequest>(id, params, |params| {
                let judged = self.judged.get(&name_of(&params.text_document.uri))?;
                let only = params.context.only;
                let quick = only.is_none_or(|only| only.iter().any(is_quick));
                Some(self.shown().actions(judged, params.range)).filter(|_| quick)
            }),
            Completion::METHOD => reply::<Completion>(id, params, |params| {
                let at = params.text_document_position;
                let items = self.items(&at.text_document.uri, at.position)?;
                Some(CompletionResponse::Array(items))
            }),
            _ => self.answer_about_names(id, &method, params),
        }
    }

    /// Answers a question about a name.
    fn answer_about_names(&self, id: RequestId, method: &str, params: Json) -> Response {
        match method {
            HoverRequest::METHOD => reply::<HoverRequest>(id, params, |params| {
                let at = params.text_document_position_params;
                self.asked(&at.text_document.uri)?.hover(at.position)
            }),
            GotoDefinition::METHOD => reply::<GotoDefinition>(id, params, |params| {
                let at = params.text_document_position_params;
                let found = self.asked(&at.text_document.uri)?.definition(at.position)?;
                Some(GotoDefinitionResponse::Scalar(found))
            }),
            References::METHOD => reply::<References>(id, params, |params| {
                let at = params.text_document_position;
                let with_declaration = params.context.include_declaration;
                let sought = self.asked(&at.text_document.uri)?.sought(at.position)?;
                Some(self.everywhere().locations(&sought, with_declaration))
            }),
            PrepareRenameRequest::METHOD => try_reply::<PrepareRenameRequest>(id, params, |at| {
                let asked = self.asked(&at.text_document.uri).ok_or(NOT_OURS)?;
                let (range, placeholder) = asked.renamable(at.position)?;
                Ok(Some(PrepareRenameResponse::RangeWithPlaceholder {
                    range,
                    placeholder,
                }))
            }),
            Rename::METHOD => try_reply::<Rename>(id, params, |params| {
                let at = params.text_document_position;
                let asked = self.asked(&at.text_document.uri).ok_or(NOT_OURS)?;
                asked.renamable(at.position)?;
                let sought = asked.sought(at.position).ok_or(NOT_OURS)?;
                self.everywhere()
                    .renamed(&sought, &params.new_name)
                    .map(Some)
            }),
            DocumentHighlightRequest::METHOD => {
                reply::<DocumentHighlightRequest>(id, params, |params| {
                    let at = params.text_document_position_params;
                    Some(self.asked(&at.text_document.uri)?.highlights(at.position))
                })
            }
            DocumentSymbolRequest::METHOD => reply::<DocumentSymbolRequest>(id, params, |params| {
                let outline = self.asked(&params.text_document.uri)?.outline();
                Some(DocumentSymbolResponse::Nested(outline))
            }),
            _ => {
                let message = format!("`{method}` is not known here");
                Response::new_err(id, ErrorCode::MethodNotFound as i32, message)
            }
        }
    }

    fn everywhere(&self) -> Everywhere<'_> {
        Everywhere {
            shown: self.shown(),
            folder: Some(&self.exclude).filter(|_| self.has_folder),
        }
    }

    fn asked(&self, uri: &Uri) -> Option<Asked<'_>> {
        Some(Asked {
            buffers: &self.buffers,
            judged: self.judged.get(&name_of(uri))?,
            encoding: self.encoding,
        })
    }

    fn items(&self, uri: &Uri, place: Position) -> Option<Vec<CompletionItem>> {
        let name = name_of(uri);
        let (judged, buffer) = (self.judged.get(&name)?, self.buffers.get(&name)?);
        let offset = self.encoding.offset(&buffer.source, place);
        let cursor = Cursor::at(buffer.source.text(), offset)?;
        let (mut items, replaced) = complete::complete(&judged.names, &cursor);
        let start = offset.saturating_sub(replaced);
        let range = Span::new(FileId::default(), start, offset);
        let range = self.encoding.range(&buffer.source, range);
        for item in &mut items {
            let edit = TextEdit::new(range, item.label.clone());
            item.text_edit = Some(CompletionTextEdit::Edit(edit));
        }
        Some(items)
    }
}

/// Whether an editor that asks for this kind of action asks for ours.
fn is_quick(kind: &CodeActionKind) -> bool {
    *kind == CodeActionKind::QUICKFIX || *kind == CodeActionKind::EMPTY
}

/// Said where a file is none of ours.
const NOT_OURS: &str = "this is no workflow file";

/// The answer to a question, or why there is none.
fn try_reply<R>(
    id: RequestId,
    params: Json,
    answer: impl FnOnce(R::Params) -> Result<R::Result, String>,
) -> Response
where
    R: lsp_types::request::Request,
    R::Params: DeserializeOwned,
    R::Result: serde::Serialize,
{
    match serde_json::from_value(params).map(answer) {
        Ok(Ok(answer)) => Response::new_ok(id, answer),
        Ok(Err(why)) => Response::new_err(id, ErrorCode::RequestFailed as i32, why),
        Err(error) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
    }
}

/// The answer to a question that may have none.
fn reply<R>(id: RequestId, params: Json, answer: impl FnOnce(R::Params) -> R::Result) -> Response
where
    R: lsp_types::request::Request,
    R::Params: DeserializeOwned,
    R::Result: serde::Serialize,
{
    try_reply::<R>(id, params, |params| Ok(answer(params)))
}
