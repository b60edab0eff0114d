//! A language server: what `flagstate check` finds, in an editor, as one types.
//!
//! In: an editor's messages on standard input, in the Language Server Protocol (3.17). Out: findings, what mends
//! them, what a name means, where it stands, and what may stand where one writes. Files are judged as
//! `flagstate check` judges them, by the same configuration, but as they stand in the editor. Nothing is written to
//! the disk.

mod buffers;
mod complete;
mod cursor;
mod everywhere;
mod findings;
mod grammar;
mod judged;
mod names;
mod place;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use ignore::overrides::Override;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Initialized, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, GotoDefinition,
    HoverRequest, Initialize, PrepareRenameRequest, References, RegisterCapability, Rename,
    Request as _, Shutdown,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    CompletionResponse, CompletionTextEdit, Diagnostic, DidChangeWatchedFilesRegistrationOptions,
    DocumentSymbolResponse, FileSystemWatcher, GlobPattern, GotoDefinitionResponse,
    HoverProviderCapability, InitializeParams, InitializeResult, MessageType, OneOf, Position,
    PrepareRenameResponse, PublishDiagnosticsParams, Registration, RegistrationParams,
    RenameOptions, ServerCapabilities, ServerInfo, ShowMessageParams, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TextEdit, Uri,
    WorkDoneProgressOptions,
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::config::{Config, ConfigArgs};
use super::discover;
use super::levels::{self, Levels};
use super::{CliError, Exit};
use crate::source::{FileId, Span};
use buffers::{Buffers, name_of, path_of};
use cursor::Cursor;
use everywhere::Everywhere;
use findings::Shown;
use judged::Judged;
use names::Asked;
use place::Encoding;

/// Serves one editor until it says that it ends.
pub(super) fn serve(config: &ConfigArgs) -> Result<Exit, CliError> {
    let config = config.absolute();
    let (connection, wire) = wire::carry();
    let ended = talk(&connection, &config);
    // The threads end once nobody sends any more.
    drop(connection);
    match (ended, wire.end()) {
        (Some(exit), _) => Ok(exit),
        // The editor is gone without a word.
        (None, Ok(())) => Ok(Exit::Findings),
        (None, Err(error)) => Err(broken(&error)),
    }
}

fn broken(error: &dyn std::fmt::Display) -> CliError {
    CliError::new(format!(
        "the conversation with the editor broke off: {error}"
    ))
    .help("`flagstate lsp` is for editors, which send messages of the Language Server Protocol")
}

/// The conversation, from the first message to the last; `None` where it broke off.
fn talk(connection: &Connection, config: &ConfigArgs) -> Option<Exit> {
    let (id, params) = loop {
        match connection.receiver.recv().ok()? {
            Message::Request(request) if request.method == Initialize::METHOD => {
                let Request { id, params, .. } = request;
                match serde_json::from_value::<InitializeParams>(params) {
                    Ok(params) => break (id, params),
                    Err(error) => {
                        let (code, why) = (ErrorCode::InvalidParams, error.to_string());
                        let answer = Response::new_err(id, code as i32, why);
                        connection.sender.send(answer.into()).ok()?;
                    }
                }
            }
            Message::Request(Request { id, .. }) => {
                let code = ErrorCode::ServerNotInitialized as i32;
                let answer = Response::new_err(id, code, "`initialize` comes first".to_owned());
                connection.sender.send(answer.into()).ok()?;
            }
            Message::Notification(told) if told.method == "exit" => return Some(Exit::Findings),
            Message::Notification(_) | Message::Response(_) => {}
        }
    };
    let offered = params.capabilities.general.as_ref();
    let offered = offered.and_then(|general| general.position_encodings.as_deref());
    let encoding = Encoding::agreed(offered);
    let has_folder = go_to_root(&params);
    let workspace = params.capabilities.workspace.as_ref();
    let watches = workspace.and_then(|it| it.did_change_watched_files.as_ref());
    let watches = watches.is_some_and(|it| it.dynamic_registration == Some(true));
    let answer = InitializeResult {
        capabilities: capabilities(encoding),
        server_info: Some(ServerInfo {
            name: "flagstate".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    let mut server = Server {
        connection,
        config,
        encoding,
        levels: Levels::default(),
        exclude: Override::empty(),
        has_folder,
        watches,
        buffers: Buffers::default(),
        judged: BTreeMap::new(),
        unjudged: BTreeSet::new(),
        published: BTreeMap::new(),
        took: Duration::ZERO,
        is_shut: false,
    };
    server.send(Response::new_ok(id, answer));
    server.configure();
    server.listen()
}

/// Paths are from the folder that the editor has open; whether it has one.
fn go_to_root(params: &InitializeParams) -> bool {
    let folders = params.workspace_folders.iter().flatten();
    let folders = folders.map(|folder| &folder.uri);
    #[expect(deprecated, reason = "older editors say it so")]
    let root = folders.chain(&params.root_uri).find_map(path_of);
    // One that is not there leaves paths as they are; files are found all the same.
    root.is_some_and(|root| std::env::set_current_dir(root).is_ok())
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let triggers = [".", "\"", " "].map(str::to_owned);
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::Supported(true)),
                ..TextDocumentSyncOptions::default()
            },
        )),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers.into()),
            ..CompletionOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// The longest that is waited before what is being typed is judged.
const MOST_QUIET: Duration = Duration::from_millis(400);

/// What is known of an editor's files.
struct Server<'a> {
    connection: &'a Connection,
    config: &'a ConfigArgs,
    encoding: Encoding,
    levels: Levels,
    /// What the configuration leaves out.
    exclude: Override,
    /// Whether the editor has a folder open, and not only files.
    has_folder: bool,
    /// Whether the editor tells what others change.
    watches: bool,
    buffers: Buffers,
    /// Of the open files, by name.
    judged: BTreeMap<String, Judged>,
    /// The files that changed since.
    unjudged: BTreeSet<String>,
    /// What the editor was told of each file, by name.
    published: BTreeMap<String, Vec<Diagnostic>>,
    /// How long it took to judge what last changed.
    took: Duration,
    /// Whether the editor said that it ends.
    is_shut: bool,
}

impl Server<'_> {
    fn listen(&mut self) -> Option<Exit> {
        loop {
            let message = self.next()?;
            match message {
                Message::Request(request) => {
                    let answer = self.answer(request);
                    self.send(answer);
                }
                Message::Notification(told) if told.method == "exit" => {
                    return Some(match self.is_shut {
                        true => Exit::Clean,
                        false => Exit::Findings,
                    });
                }
                Message::Notification(told) => self.hear(told),
                Message::Response(_) => {}
            }
        }
    }

    /// The next message. What is being typed is judged once nothing more has come for a while: a part of the time
    /// that it takes.
    fn next(&mut self) -> Option<Message> {
        let receiver = &self.connection.receiver;
        if !self.unjudged.is_empty() {
            let quiet = (self.took / 4).min(MOST_QUIET);
            if let Ok(message) = receiver.recv_timeout(quiet) {
                return Some(message);
            }
            self.judge();
        }
        receiver.recv().ok()
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that is gone is noticed where its messages end.
        let _ = self.connection.sender.send(message.into());
    }

    /// Asks to be told where others change what open files may extend, or the configuration.
    fn watch(&self) {
        let watchers = ["**/*.{yaml,yml}", "**/flagstate.toml"];
        let watchers = watchers.map(|glob| FileSystemWatcher {
            glob_pattern: GlobPattern::String(glob.to_owned()),
            kind: None,
        });
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: watchers.into(),
        };
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams {
            registrations: vec![registration],
        };
        let id = RequestId::from("files".to_owned());
        self.send(Request::new(
            id,
            RegisterCapability::METHOD.to_owned(),
            params,
        ));
    }

    /// Reads the configuration, and says what is wrong with it.
    fn configure(&mut self) {
        let config = match self.config.read(&levels::rules()) {
            Ok(config) => config,
            Err(errors) => {
                let lines: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
                let params = ShowMessageParams {
                    typ: MessageType::ERROR,
                    message: lines.join("\n"),
                };
                self.send(Notification::new(ShowMessage::METHOD.to_owned(), params));
                Config::default()
            }
        };
        self.levels = config.levels;
        self.exclude = config.exclude;
    }

    /// Takes in what the editor tells. What cannot be read is left, as the protocol has it.
    fn hear(&mut self, told: Notification) {
        let Notification { method, params } = told;
        match method.as_str() {
            Initialized::METHOD if self.watches => self.watch(),
            DidOpenTextDocument::METHOD => {
                if let Some(params) = read::<DidOpenTextDocument>(params) {
                    let document = params.text_document;
                    let name = self
                        .buffers
                        .open(&document.uri, document.version, document.text);
                    self.unjudged.insert(name);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(params) = read::<DidChangeTextDocument>(params) {
                    let (document, changes) = (params.text_document, params.content_changes);
                    let name = self.buffers.change(&document, changes, self.encoding);
                    self.unjudged.extend(name);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(params) = read::<DidCloseTextDocument>(params) {
                    let name = self.buffers.close(&params.text_document.uri);
                    self.judged.remove(&name);
                    self.unjudged.insert(name);
                }
            }
            // Others may have changed what open files extend, or the configuration.
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                self.configure();
                self.unjudged.extend(self.buffers.names().cloned());
            }
            _ => {}
        }
    }

    /// Judges the files that changed, and those that read them, and tells the editor what is new.
    fn judge(&mut self) {
        if self.unjudged.is_empty() {
            return;
        }
        #[expect(clippy::disallowed_methods, reason = "how long the editor waits")]
        let began = Instant::now();
        let changed = std::mem::take(&mut self.unjudged);
        let names: Vec<String> = self.buffers.names().cloned().collect();
        for name in names {
            let reads = |judged: &Judged| {
                let read = judged.read();
                changed
                    .iter()
                    .any(|changed| read.contains(changed.as_str()))
            };
            if !changed.contains(&name) && !self.judged.get(&name).is_some_and(reads) {
                continue;
            }
            let before = self.judged.get(&name);
            let is_left_out = discover::is_excluded(&self.exclude, Path::new(&name));
            let judged = Judged::of(&name, &self.buffers, &self.levels, before);
            match judged.filter(|_| !is_left_out) {
                Some(judged) => self.judged.insert(name, judged),
                None => self.judged.remove(&name),
            };
        }
        self.publish();
        self.took = began.elapsed();
    }

    /// Tells the findings of each file for which they are others than before.
    fn publish(&mut self) {
        let mut now: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        for judged in self.judged.values() {
            for (name, found) in self.shown().diagnostics(judged) {
                let known = now.entry(name).or_default();
                for found in found {
                    // What is wrong with a base is found in each file that extends it.
                    if !known.contains(&found) {
                        known.push(found);
                    }
                }
            }
        }
        for name in self.published.keys() {
            now.entry(name.clone()).or_default();
        }
        for (name, found) in &now {
            let before = self.published.get(name).map_or(&[][..], Vec::as_slice);
            let uri = self
                .buffers
                .uri(name)
                .filter(|_| before != found.as_slice());
            if let Some(uri) = uri {
                let version = self.buffers.get(name).map(|buffer| buffer.version);
                let params = PublishDiagnosticsParams::new(uri, found.clone(), version);
                self.send(Notification::new(
                    PublishDiagnostics::METHOD.to_owned(),
                    params,
                ));
            }
        }
        now.retain(|_, found| !found.is_empty());
        self.published = now;
    }

    fn shown(&self) -> Shown<'_> {
        Shown {
            buffers: &self.buffers,
            levels: &self.levels,
            encoding: self.encoding,
        }
    }

    /// Answers a question about the files as they stand.
    fn answer(&mut self, request: Request) -> Response {
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

    fn items(&self, uri: &Uri, place: Position) -> Option<Vec<lsp_types::CompletionItem>> {
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

/// What a notification says; `None` where that cannot be read.
fn read<N: lsp_types::notification::Notification>(params: Json) -> Option<N::Params>
where
    N::Params: DeserializeOwned,
{
    serde_json::from_value(params).ok()
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
