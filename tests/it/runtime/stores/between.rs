//! Something between a store and its server that can keep back what goes through, or cut it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

// What becomes of the bytes.
pub(super) const PASSED: usize = 0;
pub(super) const ANSWERS_KEPT_BACK: usize = 1;
pub(super) const ALL_KEPT_BACK: usize = 2;
pub(super) const CUT: usize = 3;

/// It passes bytes on in both directions.
#[derive(Default)]
pub(super) struct Between {
    mode: AtomicUsize,
    /// How many bytes were kept back.
    kept: AtomicUsize,
    /// How many connections were opened and closed, each way counted.
    opened: AtomicUsize,
    closed: AtomicUsize,
}

impl Between {
    /// Stands before a server; on which port.
    pub(super) fn stand(server: u16) -> (u16, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let between = Arc::new(Self::default());
        let ours = between.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (there, back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (one, other) = (ours.clone(), ours.clone());
                ours.opened.fetch_add(2, Ordering::SeqCst);
                thread::spawn(move || one.pass(back, there, ANSWERS_KEPT_BACK));
                thread::spawn(move || other.pass(client, server, ALL_KEPT_BACK));
            }
        });
        (port, between)
    }

    fn is(&self, mode: usize) -> bool {
        self.mode.load(Ordering::SeqCst) >= mode
    }

    pub(super) fn set(&self, mode: usize) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    /// Whether something was kept back.
    pub(super) fn has_kept(&self) -> bool {
        self.kept.load(Ordering::SeqCst) > 0
    }

    /// As if nothing had been kept back so far.
    pub(super) fn forget(&self) {
        self.kept.store(0, Ordering::SeqCst);
    }

    /// Cuts all connections; whoever comes later is let through where that is said.
    pub(super) fn cut(&self, later: usize) {
        let open = self.opened.load(Ordering::SeqCst);
        self.set(CUT);
        while self.closed.load(Ordering::SeqCst) < open {
            thread::yield_now();
        }
        self.set(later);
    }

    /// Passes bytes on until it is cut; none from a mode on.
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, mode: usize) {
        let wait = std::time::Duration::from_millis(5);
        from.set_read_timeout(Some(wait)).unwrap();
        let mut bytes = [0; 4_096];
        while !self.is(CUT) {
            match from.read(&mut bytes).map_err(|wrong| wrong.kind()) {
                Ok(0) => break,
                Ok(read) if self.is(mode) => {
                    self.kept.fetch_add(read, Ordering::SeqCst);
                }
                Ok(read) => match to.write_all(&bytes[..read]) {
                    Ok(()) => {}
                    Err(_) => break,
                },
                Err(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(_) => break,
            }
        }
        for stream in [from, to] {
            stream.shutdown(Shutdown::Both).ok();
        }
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}
