//! An editor as the language server sees one: it opens files, changes them and asks, and writes down what it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value as Json, json};

static COPIES: AtomicU32 = AtomicU32::new(0);

/// The files of a case in a folder of their own.
pub(super) fn copy_of(case: &Path) -> PathBuf {
    let name = case.file_name().expect("a name").to_string_lossy();
    let number = COPIES.fetch_add(1, Ordering::Relaxed);
    let place = format!("flagstate-lsp-{}-{number}-{name}", std::process::id());
    let place = std::env::temp_dir().join(place);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).expect("a folder");
    for entry in fs::read_dir(case).expect("a case") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, place.join(name)).expect("a copy");
    }
    fs::canonicalize(place).expect("a folder")
}

/// An editor with one window.
pub(super) struct Editor {
    server: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    place: PathBuf,
    /// The open files, as they stand.
    pub(super) texts: BTreeMap<String, String>,
    last: u64,
    pub(super) told: String,
    /// What was last told of each file.
    pub(super) found: BTreeMap<String, String>,
    utf8: bool,
}

impl Editor {
    pub(super) fn start(place: &Path, general: &Json) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_flagstate"))
            .arg("lsp")
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut editor = Self {
            to: server.stdin.take(),
            from: BufReader::new(server.stdout.take().expect("an output")),
            server,
            place: place.to_owned(),
            texts: BTreeMap::new(),
            last: 0,
            told: String::new(),
            found: BTreeMap::new(),
            utf8: general.get("positionEncodings").is_some(),
        };
        let root = editor.uri("");
        let params = json!({
            "processId": null,
            "capabilities": { "general": general },
            "workspaceFolders": [{ "uri": root.trim_end_matches('/'), "name": "shop" }],
        });
        let answer = editor.asks("initialize", &params);
        let encoding = &answer["result"]["capabilities"]["positionEncoding"];
        assert_eq!(encoding, if editor.utf8 { "utf-8" } else { "utf-16" });
        editor.tells("initialized", &json!({}));
        editor
    }

    pub(super) fn uri(&self, name: &str) -> String {
        let name = name.replace('\u{f8}', "%C3%B8");
        format!("file://{}/{name}", self.place.display())
    }

    /// Its name in the window of what the server calls a file.
    fn name(&self, uri: &Json) -> String {
        let uri = uri.as_str().expect("a URI");
        let uri = &uri.replace("%C3%B8", "\u{f8}");
        let name = uri.strip_prefix(&self.uri("")).unwrap_or(uri);
        name.to_owned()
    }

    fn send(&mut self, message: &Json) {
        let text = message.to_string();
        let to = self.to.as_mut().expect("a conversation");
        write!(to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("sent");
        to.flush().expect("sent");
    }

    fn tells(&mut self, method: &str, params: &Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and writes down what is told before the answer.
    pub(super) fn asks(&mut self, method: &str, params: &Json) -> Json {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.hears().expect("an answer");
            match message["method"].as_str() {
                None => {
                    assert_eq!(message["id"], id);
                    return message;
                }
                Some("textDocument/publishDiagnostics") => self.findings(&message["params"]),
                Some(_) => {
                    let line = message["params"]["message"].as_str().unwrap_or_default();
                    let _ = writeln!(self.told, "shows: {line}");
                }
            }
        }
    }

    fn hears(&mut self) -> Option<Json> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line).expect("a line") == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse().expect("a length"),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).expect("a body");
        Some(serde_json::from_slice(&body).expect("JSON"))
    }

    /// One line of a conversation.
    pub(super) fn does(&mut self, line: &str) {
        let mut words = line.splitn(3, ' ');
        let (verb, name) = (words.next().unwrap(), words.next().unwrap_or_default());
        let rest = words.next().unwrap_or_default();
        match verb {
            "open" => self.open(
                name,
                fs::read_to_string(self.place.join(name)).expect("a file"),
            ),
            "close" => {
                self.texts.remove(name);
                let params = json!({ "textDocument": { "uri": self.uri(name) } });
                self.tells("textDocument/didClose", &params);
                self.settle();
            }
            "save" => {
                fs::write(self.place.join(name), &self.texts[name]).expect("saved");
                let params = json!({ "textDocument": { "uri": self.uri(name) } });
                self.tells("textDocument/didSave", &params);
                self.settle();
            }
            "write" => {
                fs::write(self.place.join(name), rest).expect("written");
            }
            // Replaces the words before `=>` by those behind it.
            "change" => {
                let (old, new) = rest.split_once("=>").expect("`old=>new`");
                self.change(name, old, new);
            }
            "hover" => self.hover(name, rest),
            "definition" => self.definition(name, rest),
            "references" => self.references(name, rest),
            "highlight" => self.highlight(name, rest),
            "rename" => {
                let (words, new) = rest.split_once("=>").expect("`words=>name`");
                self.rename(name, words, new);
            }
            "outline" => self.outline(name),
            "actions" => self.actions(name, rest),
            "complete" => self.complete(name, rest),
            other => panic!("`{other}`"),
        }
    }

    pub(super) fn open(&mut self, name: &str, text: String) {
        let params = json!({ "textDocument": {
            "uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text,
        } });
        self.texts.insert(name.to_owned(), text);
        self.tells("textDocument/didOpen", &params);
        self.settle();
    }

    fn change(&mut self, name: &str, old: &str, new: &str) {
        let text = &self.texts[name];
        let at = text.find(old);
        let at = at.unwrap_or_else(|| panic!("no `{old}` in {text}"));
        self.edit(name, at..at + old.len(), new);
        self.settle();
    }

    pub(super) fn edit(&mut self, name: &str, at: Range<usize>, new: &str) {
        let text = &self.texts[name];
        let (start, end) = (self.place_of(text, at.start), self.place_of(text, at.end));
        let mut after = text.clone();
        after.replace_range(at, new);
        self.texts.insert(name.to_owned(), after);
        let change = json!({ "range": { "start": start, "end": end }, "text": new });
        let params = json!({
            "textDocument": { "uri": self.uri(name), "version": 2 },
            "contentChanges": [change],
        });
        self.tells("textDocument/didChange", &params);
    }

    /// Waits until the server has told what it found.
    pub(super) fn settle(&mut self) {
        let answer = self.asks("flagstate/unknown", &json!({}));
        assert_eq!(answer["error"]["code"], -32601);
    }

    pub(super) fn place_of(&self, text: &str, at: usize) -> Json {
        let before = &text[..at];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let width = |c: char| {
            if self.utf8 {
                c.len_utf8()
            } else {
                c.len_utf16()
            }
        };
        let column: usize = before[start..].chars().map(width).sum();
        json!({ "line": line, "character": column })
    }

    /// The place of the `|` in words of a file.
    fn at(&self, name: &str, words: &str) -> Json {
        let (before, behind) = words.split_once('|').expect("a `|`");
        let text = &self.texts[name];
        let all = format!("{before}{behind}");
        let at = text
            .find(&all)
            .unwrap_or_else(|| panic!("no `{all}` in {text}"));
        let place = self.place_of(text, at + before.len());
        json!({ "textDocument": { "uri": self.uri(name) }, "position": place })
    }

    /// A place with the characters there.
    fn shown(&self, uri: &Json, range: &Json) -> String {
        let name = self.name(uri);
        let disk = || fs::read_to_string(self.place.join(&name)).expect("a file");
        let text = self.texts.get(&name).cloned().unwrap_or_else(disk);
        let offset = |place: &Json| {
            let line = text
                .split_inclusive('\n')
                .take(number(&place["line"]))
                .map(str::len)
                .sum::<usize>();
            let mut left = number(&place["character"]);
            let mut at = line;
            for c in text[line..].chars() {
                if left == 0 {
                    break;
                }
                left -= if self.utf8 {
                    c.len_utf8()
                } else {
                    c.len_utf16()
                };
                at += c.len_utf8();
            }
            at
        };
        let (start, end) = (&range["start"], &range["end"]);
        let words = &text[offset(start)..offset(end)];
        let words = words.replace('\n', "\\n");
        format!(
            "{name}:{}:{} `{words}`",
            number(&start["line"]) + 1,
            number(&start["character"]) + 1
        )
    }

    fn findings(&mut self, params: &Json) {
        let name = self.name(&params["uri"]);
        let found = params["diagnostics"].as_array().expect("a list");
        let mut lines = match found.len() {
            0 => format!("{name}: nothing wrong\n"),
            _ => String::new(),
        };
        for finding in found {
            let place = self.shown(&params["uri"], &finding["range"]);
            let level = if finding["severity"] == 3 {
                "note"
            } else if finding["severity"] == 1 {
                "error"
            } else {
                "warning"
            };
            let rule = finding["code"].as_str().unwrap_or("-");
            let message = finding["message"].as_str().unwrap().replace('\n', "\n    ");
            let _ = writeln!(lines, "{place}: {level}[{rule}]: {message}");
            if let Some(tags) = finding.get("tags") {
                let _ = writeln!(lines, "    tags {tags}");
            }
            for related in finding["relatedInformation"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let (uri, range) = (&related["location"]["uri"], &related["location"]["range"]);
                let message = related["message"].as_str().unwrap();
                let _ = writeln!(lines, "    {}: {message}", self.shown(uri, range));
            }
        }
        self.told += &lines;
        self.found.insert(name, lines);
    }

    pub(super) fn hover(&mut self, name: &str, words: &str) {
        let at = self.at(name, words);
        let answer = self.asks("textDocument/hover", &at);
        let text = answer["result"]["contents"]["value"]
            .as_str()
            .unwrap_or("nothing");
        let text = text.replace('\n', "\n    ");
        let _ = writeln!(self.told, "    {text}");
    }

    fn locations(&mut self, found: &Json) {
        let found = match found {
            Json::Array(found) => found.clone(),
            Json::Null => Vec::new(),
            one => vec![one.clone()],
        };
        for one in &found {
            let line = self.shown(&one["uri"], &one["range"]);
            let _ = writeln!(self.told, "{line}");
        }
        if found.is_empty() {
            self.told += "nothing\n";
        }
    }

    fn definition(&mut self, name: &str, words: &str) {
        let at = self.at(name, words);
        let answer = self.asks("textDocument/definition", &at);
        self.locations(&answer["result"]);
    }

    pub(super) fn references(&mut self, name: &str, words: &str) {
        let mut at = self.at(name, words);
        at["context"] = json!({ "includeDeclaration": true });
        let answer = self.asks("textDocument/references", &at);
        self.locations(&answer["result"]);
    }

    fn rename(&mut self, name: &str, words: &str, new: &str) {
        let mut at = self.at(name, words);
        let answer = self.asks("textDocument/prepareRename", &at);
        if let Some(range) = answer["result"].get("range") {
            let line = self.shown(&json!(self.uri(name)), range);
            let _ = writeln!(self.told, "{line}");
        }
        at["newName"] = json!(new);
        let answer = self.asks("textDocument/rename", &at);
        if let Some(why) = answer["error"]["message"].as_str() {
            let _ = writeln!(self.told, "    {why}");
        }
        let changes = answer["result"]["changes"]
            .as_object()
            .into_iter()
            .flatten();
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by_key(|(uri, _)| (*uri).clone());
        for (uri, edits) in changes {
            for edit in edits.as_array().unwrap() {
                let place = self.shown(&json!(uri), &edit["range"]);
                let text = edit["newText"].as_str().unwrap();
                let _ = writeln!(self.told, "    {place} -> `{text}`");
            }
        }
    }

    fn highlight(&mut self, name: &str, words: &str) {
        let at = self.at(name, words);
        let answer = self.asks("textDocument/documentHighlight", &at);
        for one in answer["result"].as_array().into_iter().flatten() {
            let kind = if one["kind"] == 3 { "declared" } else { "used" };
            let line = self.shown(&json!(self.uri(name)), &one["range"]);
            let _ = writeln!(self.told, "{line} {kind}");
        }
    }

    pub(super) fn outline(&mut self, name: &str) {
        let params = json!({ "textDocument": { "uri": self.uri(name) } });
        let answer = self.asks("textDocument/documentSymbol", &params);
        let symbols = answer["result"].as_array().cloned().unwrap_or_default();
        self.outlined(&symbols, 1);
    }

    fn outlined(&mut self, symbols: &[Json], depth: usize) {
        for symbol in symbols {
            let name = symbol["name"].as_str().unwrap();
            let detail = symbol["detail"].as_str().unwrap();
            let line = number(&symbol["selectionRange"]["start"]["line"]) + 1;
            let _ = writeln!(
                self.told,
                "{}{detail} {name}, line {line}",
                "    ".repeat(depth)
            );
            let within = symbol["children"].as_array().cloned().unwrap_or_default();
            self.outlined(&within, depth + 1);
        }
    }

    fn actions(&mut self, name: &str, words: &str) {
        let at = self.at(name, words);
        let params = json!({
            "textDocument": at["textDocument"],
            "range": { "start": at["position"], "end": at["position"] },
            "context": { "diagnostics": [] },
        });
        let answer = self.asks("textDocument/codeAction", &params);
        let actions = answer["result"].as_array().cloned().unwrap_or_default();
        for action in &actions {
            let _ = writeln!(self.told, "{}", action["title"].as_str().unwrap());
            for (uri, edits) in action["edit"]["changes"].as_object().unwrap() {
                for edit in edits.as_array().unwrap() {
                    let place = self.shown(&json!(uri), &edit["range"]);
                    let text = edit["newText"].as_str().unwrap().replace('\n', "\\n");
                    let _ = writeln!(self.told, "    {place} -> `{text}`");
                }
            }
        }
        if actions.is_empty() {
            self.told += "nothing\n";
        }
    }

    /// Writes the words of a line up to the `|` where `HERE` stands in the file, and asks what may follow.
    fn complete(&mut self, name: &str, words: &str) {
        let at = self.at(name, words);
        let answer = self.asks("textDocument/completion", &at);
        let items = answer["result"].as_array().cloned().unwrap_or_default();
        for item in &items {
            let (label, detail) = (
                item["label"].as_str().unwrap(),
                item["detail"].as_str().unwrap(),
            );
            let _ = writeln!(self.told, "    {label}: {detail}");
        }
        if items.is_empty() {
            self.told += "    nothing\n";
        }
        let ranges = items.iter().map(|item| &item["textEdit"]["range"]);
        let replaced = ranges.map(|range| self.shown(&json!(self.uri(name)), range));
        let replaced: BTreeSet<String> = replaced.filter(|it| !it.ends_with("``")).collect();
        for words in replaced {
            let _ = writeln!(self.told, "    in place of {words}");
        }
    }

    /// Ends the conversation as editors do.
    pub(super) fn end(mut self) -> (String, ExitStatus) {
        let answer = self.asks("shutdown", &Json::Null);
        assert!(answer.get("error").is_none(), "{answer}");
        self.tells("exit", &Json::Null);
        self.to = None;
        let status = self.server.wait().expect("an end");
        (std::mem::take(&mut self.told), status)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        // Only what `copy_of` made is taken away.
        let made = std::env::temp_dir().join(format!("flagstate-lsp-{}-", std::process::id()));
        if self
            .place
            .to_string_lossy()
            .starts_with(&*made.to_string_lossy())
        {
            let _ = fs::remove_dir_all(&self.place);
        }
    }
}

fn number(value: &Json) -> usize {
    value
        .as_u64()
        .and_then(|n| usize::try_from(n).ok())
        .expect("a number")
}
