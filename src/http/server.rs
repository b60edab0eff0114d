//! The server: connections, and how it ends.
//!
//! In: a listening socket, a store, [`Options`]. Out: answers, until a signal or the engine ends it. Then
//! nothing more is taken, what is under way is answered, and the engine writes what it was asked.

use std::future::pending;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::app::{AnyStore, App, Options, Shared};
use super::routes::router;
use super::{retention, webhooks};
use crate::server::Signals;

/// How long the headers of a request may take; a connection without requests is closed after it too.
const HEADERS: Duration = Duration::from_secs(30);

/// How many headers a request may have.
const MOST_HEADERS: usize = 64;

/// How many bytes of headers and of a body are held back for a connection.
const BUFFER: usize = 64 << 10;

/// How long is waited at least for what was let go, and for the engine.
const LEAST: Duration = Duration::from_secs(1);

/// How long what has come already is still read at the end, before those who have not asked are let go.
const GRACE: Duration = Duration::from_millis(50);

/// How often is looked whether the engine still runs.
const LOOK: Duration = Duration::from_millis(200);

/// Why a server ended that was not told to, or never began.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The system did not give what it needs.
    #[error("the server cannot run: {0}")]
    System(#[from] std::io::Error),
    /// The store cannot be relied on: what was not answered is not known.
    #[error("the engine has stopped: {0}")]
    Stopped(String),
}

/// Serves until SIGTERM or SIGINT comes, or the engine stops by itself.
///
/// # Errors
/// When the system gives no threads or signals, or the engine stopped by itself.
pub fn serve(listener: TcpListener, store: AnyStore, options: Options) -> Result<(), ServeError> {
    listener.set_nonblocking(true)?;
    let app = Arc::new(App::start(store, options)?);
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("flagstate-http")
        .build()?;
    let ended = threads.block_on(accept(listener, &app));
    // What is still under way is let go; the engine answers to nobody, but writes what it took.
    threads.shutdown_timeout(LEAST);
    let (is_running, trouble) = (app.is_running(), app.trouble());
    let end = ended?;
    let left = end.saturating_duration_since(Instant::now()).max(LEAST);
    if !Arc::into_inner(app).is_some_and(|app| app.stop(left)) {
        tracing::warn!("the engine did not end in time: what it was writing may be written or not");
    }
    match is_running {
        true => Ok(()),
        false => Err(ServeError::Stopped(trouble.unwrap_or_default())),
    }
}

/// Takes connections until no more are to be taken, and waits until those that there are have ended. Until when they may
/// take.
async fn accept(listener: TcpListener, app: &Shared) -> std::io::Result<Instant> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut signals = Signals::new()?;
    let graceful = GracefulShutdown::new();
    let (tell, told) = watch::channel(());
    let seats = Arc::new(Semaphore::new(app.options.connections));
    let service = TowerToHyperService::new(router(Arc::clone(app)));
    let take = async {
        loop {
            // Who comes when all seats are taken waits in the system's queue.
            let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let ends = (graceful.watcher(), told.clone());
                    talk(stream, service.clone(), (seat, ends));
                }
                Err(error) => {
                    // Most often there are no more file descriptors: others must end first.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    let mut sending = webhooks::send_all(app);
    let keeping = retention::keep_all(app);
    tokio::select! {
        () = take => {}
        () = signals.next() => {}
        () = stopped(app) => {}
    }
    drop(listener);
    drop(keeping);
    drop(tell);
    app.drain();
    tracing::info!("no more is taken: what is under way is answered");
    let end = Instant::now() + app.options.drain;
    let patience = tokio::time::sleep_until(end);
    let under_way = async {
        tokio::time::sleep(GRACE).await;
        graceful.shutdown().await;
        while sending.join_next().await.is_some() {}
    };
    tokio::select! {
        () = under_way => {}
        () = patience => tracing::warn!("some requests were not answered in time"),
        () = signals.next() => {
            tracing::warn!("told to end at once");
            return Ok(Instant::now());
        }
    }
    Ok(end)
}

/// Answers the requests of one connection, until the server ends: then the one that is under way, and none where the
/// first has not come yet, be it by half.
fn talk(
    stream: TcpStream,
    service: TowerToHyperService<Router>,
    (seat, (graceful, mut told)): (OwnedSemaphorePermit, (Watcher, watch::Receiver<()>)),
) {
    // An answer is sent at once; where that cannot be set, it is sent a little later.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    let asks = Arc::new(AtomicBool::new(false));
    let has_asked = Arc::clone(&asks);
    let noted = service_fn(move |request| {
        asks.store(true, Ordering::Relaxed);
        service.call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), noted);
    let connection = graceful.watch(connection);
    let unasked = async move {
        // It never changes, and is gone at the end.
        let _ = told.changed().await;
        tokio::time::sleep(GRACE).await;
        if has_asked.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    };
    tokio::spawn(async move {
        tokio::select! {
            biased;
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            },
            () = unasked => {}
        }
        drop(seat);
    });
}

/// Comes back when the engine has stopped by itself.
async fn stopped(app: &Shared) {
    let mut look = tokio::time::interval(LOOK);
    while app.is_running() {
        look.tick().await;
    }
}
