//! Messages on standard input and output.
//!
//! In: bytes, each message behind a header that tells its length. Out: messages, one after the other, and an error
//! where the bytes are none. What is longer than an editor's file could make it is not read.

use std::io::{self, BufRead, Read};
use std::thread::{self, JoinHandle};

use lsp_server::{Connection, Message};
use percent_encoding::{CONTROLS, utf8_percent_encode};

use crate::cli::disk;

/// The most bytes of a message: a file of the largest size with every character escaped.
const MOST: u64 = 8 * disk::LIMIT;

/// The most bytes of a line of a header.
const MOST_LINE: u64 = 4096;

/// Both ends of a conversation: ours, and the threads that carry it.
pub(super) struct Wire {
    reader: JoinHandle<io::Result<()>>,
    writer: JoinHandle<io::Result<()>>,
}

/// Carries messages between an editor and the connection that is returned.
pub(super) fn carry() -> (Connection, Wire) {
    let (ours, theirs) = Connection::memory();
    let Connection { sender, receiver } = theirs;
    let reader = thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(message) = read(&mut input)? {
            // After this one no more are heard.
            let is_last = matches!(&message, Message::Notification(told) if told.method == "exit");
            if sender.send(message).is_err() || is_last {
                break;
            }
        }
        Ok(())
    });
    let writer = thread::spawn(move || {
        let mut output = io::stdout().lock();
        for message in receiver {
            message.write(&mut output)?;
        }
        Ok(())
    });
    (ours, Wire { reader, writer })
}

impl Wire {
    /// Waits until all is written; what was wrong with what the editor sent.
    pub(super) fn end(self) -> io::Result<()> {
        let ended = |thread: JoinHandle<io::Result<()>>| {
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread ended")))
        };
        // An editor that does not listen any more is gone, and was told what could be.
        let _ = ended(self.writer);
        ended(self.reader)
    }
}

/// The next message; `None` where there is none.
fn read(input: &mut impl BufRead) -> io::Result<Option<Message>> {
    let invalid = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let mut length = None;
    loop {
        let mut line = String::new();
        let read = input.by_ref().take(MOST_LINE).read_line(&mut line)?;
        if read == 0 && length.is_none() {
            return Ok(None);
        }
        if !line.ends_with('\n') {
            return Err(invalid("a header is expected, `Content-Length: …`"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(": ")
            .ok_or_else(|| invalid("a header is expected, `Content-Length: …`"))?;
        if name.eq_ignore_ascii_case("Content-Length") {
            let bytes = value.parse().ok().filter(|bytes| *bytes <= MOST);
            length = Some(bytes.ok_or_else(|| invalid("a message is too long"))?);
        }
    }
    let length = length.ok_or_else(|| invalid("a header has no `Content-Length`"))?;
    let mut body = Vec::new();
    input.by_ref().take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Err(invalid("a message is cut off"));
    }
    let mut message: serde_json::Value = serde_json::from_slice(&body)?;
    escape(&mut message);
    Ok(Some(serde_json::from_value(message)?))
}

/// Some editors write the letters of paths into URIs as they are.
fn escape(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(escape),
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    serde_json::Value::String(uri) if key == "uri" => {
                        *uri = utf8_percent_encode(uri, CONTROLS).to_string();
                    }
                    value => escape(value),
                }
            }
        }
        _ => {}
    }
}
