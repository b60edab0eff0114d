//! The server: connections, and how it ends.
//!
//! In: a listening socket, a store, [`Options`]. Out: answers, until a signal or the engine ends it. Then
//! nothing more is taken, what is under way is answered, and the engine writes what it was asked.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    threads.shutdown_timeout(Duration::from_secs(1));
    let (is_running, trouble) = (app.is_running(), app.trouble());
    drop(app);
    ended?;
    match is_running {
        true => Ok(()),
        false => Err(ServeError::Stopped(trouble.unwrap_or_default())),
    }
}

/// Takes connections until no more are to be taken, and waits until those that there are have ended.
async fn accept(listener: TcpListener, app: &Shared) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut signals = Signals::new()?;
    let graceful = GracefulShutdown::new();
    let seats = Arc::new(Semaphore::new(app.options.connections));
    let service = TowerToHyperService::new(router(Arc::clone(app)));
    let take = async {
        loop {
            // Who comes when all seats are taken waits in the system's queue.
            let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => talk(stream, service.clone(), (seat, &graceful)),
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
    app.drain();
    tracing::info!("no more is taken: what is under way is answered");
    let patience = tokio::time::sleep(app.options.drain);
    let under_way = async {
        graceful.shutdown().await;
        while sending.join_next().await.is_some() {}
    };
    tokio::select! {
        () = under_way => {}
        () = patience => tracing::warn!("some requests were not answered in time"),
        () = signals.next() => tracing::warn!("told to end at once"),
    }
    Ok(())
}

/// Answers the requests of one connection.
fn talk(
    stream: TcpStream,
    service: TowerToHyperService<Router>,
    (seat, graceful): (OwnedSemaphorePermit, &GracefulShutdown),
) {
    // An answer is sent at once; where that cannot be set, it is sent a little later.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
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
