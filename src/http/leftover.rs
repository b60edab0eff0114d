//! Bodies that nobody read to their end.
//!
//! In: a body. Out: the same for a handler, and afterwards what it left of it. A connection takes no further
//! request before the body of the last one is read; where it cannot be, the answer must say that it closes.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use hyper::body::{Frame, SizeHint};

/// How much is read for nothing, and for how long.
const MOST: (usize, Duration) = (64 << 10, Duration::from_secs(1));

/// A body that comes back when it is let go.
#[derive(Debug)]
struct Lent {
    body: Body,
    back: Arc<Back>,
}

/// Where a body comes back to.
#[derive(Debug)]
struct Back {
    body: Mutex<Body>,
    /// Whether more of it was waited for when it was let go.
    is_awaited: AtomicBool,
}

impl Back {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.back
            .is_awaited
            .store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let body = std::mem::take(&mut self.body);
        *self.back.body() = body;
    }
}

/// What is left of a body.
#[derive(Debug)]
pub(super) struct Leftover(Arc<Back>);

/// Lends a body.
pub(super) fn lend(body: Body) -> (Body, Leftover) {
    let back = Arc::new(Back {
        body: Mutex::new(Body::empty()),
        is_awaited: AtomicBool::new(false),
    });
    let lent = Lent {
        body,
        back: Arc::clone(&back),
    };
    (Body::new(lent), Leftover(back))
}

impl Leftover {
    fn take(self) -> Body {
        std::mem::take(&mut self.0.body())
    }

    /// Whether more of it was waited for when it was let go: then nothing was made of it.
    pub(super) fn is_awaited(&self) -> bool {
        self.0.is_awaited.load(Ordering::Relaxed)
    }

    /// Reads the rest, where the caller sends it without being asked; whether that is all of it.
    pub(super) async fn discard(self, is_asked_for: bool) -> bool {
        let body = self.take();
        if body.is_end_stream() || is_asked_for {
            return body.is_end_stream();
        }
        let (bytes, time) = MOST;
        let read = tokio::time::timeout(time, to_bytes(body, bytes)).await;
        read.is_ok_and(|read| read.is_ok())
    }
}
