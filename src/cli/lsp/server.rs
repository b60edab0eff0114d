//! What is known of an editor's files while it is there.
//!
//! In: what the editor tells. Out: what is found in its files, told once it is other than before; and the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use ignore::overrides::Override;
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Initialized, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{RegisterCapability, Request as _};
use lsp_types::{
    Diagnostic, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern,
    MessageType, PublishDiagnosticsParams, Registration, RegistrationParams, ShowMessageParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::buffers::Buffers;
use super::findings::Shown;
use super::judged::Judged;
use super::place::Encoding;
use crate::cli::config::{Config, ConfigArgs};
use crate::cli::discover;
use crate::cli::levels::{self, Levels};

/// The longest that is waited before what is being typed is judged.
const MOST_QUIET: Duration = Duration::from_millis(400);

/// What is known of an editor's files.
pub(super) struct Server<'a> {
    pub(super) connection: &'a Connection,
    pub(super) config: &'a ConfigArgs,
    pub(super) encoding: Encoding,
    pub(super) levels: Levels,
    /// What the configuration leaves out.
    pub(super) exclude: Override,
    /// Whether the editor has a folder open, and not only files.
    pub(super) has_folder: bool,
    /// Whether the editor tells what others change.
    pub(super) watches: bool,
    pub(super) buffers: Buffers,
    /// Of the open files, by name.
    pub(super) judged: BTreeMap<String, Judged>,
    /// The files that changed since.
    pub(super) unjudged: BTreeSet<String>,
    /// What the editor was told of each file, by name.
    pub(super) published: BTreeMap<String, Vec<Diagnostic>>,
    /// How long it took to judge what last changed.
    pub(super) took: Duration,
    /// Whether the editor said that it ends.
    pub(super) is_shut: bool,
}

impl<'a> Server<'a> {
    /// One that knows of no file yet: what columns count, whether the editor has a folder open, and whether it tells
    /// what others change.
    pub(super) fn new(
        connection: &'a Connection,
        config: &'a ConfigArgs,
        (encoding, has_folder, watches): (Encoding, bool, bool),
    ) -> Self {
        Self {
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
        }
    }

    /// The next message. What is being typed is judged once nothing more has come for a while: a part of the time
    /// that it takes.
    pub(super) fn next(&mut self) -> Option<Message> {
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

    pub(super) fn send(&self, message: impl Into<Message>) {
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
    pub(super) fn configure(&mut self) {
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
    pub(super) fn hear(&mut self, told: Notification) {
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
    pub(super) fn judge(&mut self) {
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

    pub(super) fn shown(&self) -> Shown<'_> {
        Shown {
            buffers: &self.buffers,
            levels: &self.levels,
            encoding: self.encoding,
        }
    }
}

/// What a notification says; `None` where that cannot be read.
fn read<N: lsp_types::notification::Notification>(params: Json) -> Option<N::Params>
where
    N::Params: DeserializeOwned,
{
    serde_json::from_value(params).ok()
}
