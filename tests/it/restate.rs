//! Orders on Restate: the real server, which the tests start, and the service beside it.

mod cluster;
mod conformance;
mod faults;
mod folder;
mod requests;
mod shop;

use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use flagstate::restate::serve_until;
use flagstate::runtime::{Clock, Sqlite};
use flagstate::time::Instant;

use crate::patience::until;
use crate::runtime::at;

/// A clock that stands where it is put, and never comes to where a timer is due.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Hand {
    fn put(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        at(self.0.load(Ordering::SeqCst))
    }

    fn until(&self, _: Instant) -> Duration {
        Duration::from_secs(7 * 24 * 3_600)
    }
}

/// The service within this process, until it is dropped.
struct Service {
    port: u16,
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Serves upon a file by a clock, at this port or a free one.
    fn start(file: &std::path::Path, clock: Arc<dyn Clock>, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let store = Box::new(Sqlite::open(file).unwrap());
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let until = async move {
                let wait = tokio::task::spawn_blocking(move || ended.recv());
                let _ = wait.await;
                Ok(())
            };
            serve_until(listener, store, clock, until).unwrap();
        });
        Self {
            port,
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok());
        }
    }
}
