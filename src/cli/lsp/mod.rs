//! A language server: what `flagstate check` finds, in an editor, as one types.
//!
//! In: an editor's messages on standard input, in the Language Server Protocol (3.17). Out: findings, what mends
//! them, what a name means, where it stands, and what may stand where one writes. Files are judged as
//! `flagstate check` judges them, by the same configuration, but as they stand in the editor. Nothing is written to
//! the disk.

mod answer;
mod buffers;
mod complete;
mod cursor;
mod everywhere;
mod findings;
mod flow;
mod grammar;
mod judged;
mod names;
mod place;
mod server;
mod wire;

use lsp_server::{Connection, ErrorCode, Message, Request, RequestId, Response};
use lsp_types::request::{Initialize, Request as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    HoverProviderCapability, InitializeParams, InitializeResult, OneOf, RenameOptions,
    ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkDoneProgressOptions,
};

use super::config::ConfigArgs;
use super::{CliError, Exit};
use buffers::path_of;
use place::Encoding;
use server::Server;

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
    let Begun { id, params } = match begin(connection)? {
        Ok(begun) => begun,
        Err(exit) => return Some(exit),
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
    let mut server = Server::new(connection, config, (encoding, has_folder, watches));
    server.send(Response::new_ok(id, answer));
    server.configure();
    loop {
        match server.next()? {
            Message::Request(request) => {
                let answer = server.answer(request);
                server.send(answer);
            }
            Message::Notification(told) if told.method == "exit" => {
                return Some(match server.is_shut {
                    true => Exit::Clean,
                    false => Exit::Findings,
                });
            }
            Message::Notification(told) => server.hear(told),
            Message::Response(_) => {}
        }
    }
}

/// How an editor begins.
struct Begun {
    id: RequestId,
    params: InitializeParams,
}

/// Waits for the first request; how it ends where the editor ends it before.
fn begin(connection: &Connection) -> Option<Result<Begun, Exit>> {
    let refuse = |id, code: ErrorCode, why: String| {
        let answer = Response::new_err(id, code as i32, why);
        connection.sender.send(answer.into()).ok()
    };
    loop {
        match connection.receiver.recv().ok()? {
            Message::Request(Request { id, method, params }) if method == Initialize::METHOD => {
                match serde_json::from_value::<InitializeParams>(params) {
                    Ok(params) => return Some(Ok(Begun { id, params })),
                    Err(error) => refuse(id, ErrorCode::InvalidParams, error.to_string())?,
                }
            }
            Message::Request(Request { id, .. }) => {
                let why = "`initialize` comes first".to_owned();
                refuse(id, ErrorCode::ServerNotInitialized, why)?;
            }
            Message::Notification(told) if told.method == "exit" => {
                return Some(Err(Exit::Findings));
            }
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
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
