//! How the service is served, and how it ends.
//!
//! In: a listening socket, a store, a clock. Out: answers to Restate's calls, until a signal ends it or the
//! store cannot be relied on. What is under way then is tried again by Restate, here or elsewhere.

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulShutdown;
use restate_sdk::hyper::HyperEndpoint;
use restate_sdk::prelude::Endpoint;

use super::host::{AnyStore, Host};
use super::order::Order;
use super::projection::Projection;
use crate::runtime::{Clock, Runtime, SystemClock};
use crate::server::Signals;

/// How often is looked whether the store still answers.
const LOOK: Duration = Duration::from_millis(200);

/// How many bytes of headers a call may have: the name of an order is among them.
const HEADERS: u32 = 1 << 20;

/// How long calls under way are waited for at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// Room on the stack of each thread: guards are compiled there.
const STACK: usize = 8 << 20;

/// Why a service ended that was not told to, or never began.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The system did not give what it needs.
    #[error("the service cannot run: {0}")]
    System(#[from] std::io::Error),
    /// The store cannot be relied on.
    #[error("the store has stopped: {0}")]
    Stopped(String),
}

/// Serves by the clock of the machine, until SIGTERM or SIGINT comes or the store stops by itself.
///
/// # Errors
/// When the system gives no threads or signals, or the store stopped by itself.
pub fn serve(listener: TcpListener, store: AnyStore) -> Result<(), ServeError> {
    serve_until(listener, store, Arc::new(SystemClock), async {
        let mut signals = Signals::new()?;
        signals.next().await;
        Ok(())
    })
}

/// Serves by any clock, until a future ends.
///
/// # Errors
/// When the system gives no threads, the future fails, or the store stopped by itself.
pub fn serve_until(
    listener: TcpListener,
    store: AnyStore,
    clock: Arc<dyn Clock>,
    end: impl Future<Output = std::io::Result<()>>,
) -> Result<(), ServeError> {
    listener.set_nonblocking(true)?;
    let runtime = Arc::new(Runtime::start(store, SystemClock)?);
    let host = Host::new(Arc::clone(&runtime), clock);
    let endpoint = Endpoint::builder()
        .bind(Order(host.clone()))
        .bind(Projection(host))
        .build();
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("flagstate-restate")
        .thread_stack_size(STACK)
        .build()?;
    let ended = threads.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut ended = Ok(());
        let until = async {
            tokio::select! {
                result = end => ended = result,
                () = stopped(&runtime) => {}
            }
        };
        answer(listener, HyperEndpoint::new(endpoint), until).await;
        ended
    });
    threads.shutdown_timeout(Duration::from_secs(1));
    let (is_running, trouble) = (runtime.is_running(), runtime.trouble());
    if !Arc::into_inner(runtime).is_some_and(|runtime| runtime.stop(DRAIN)) {
        tracing::warn!("the store did not answer in time: what was written may be there or not");
    }
    ended?;
    match is_running {
        true => Ok(()),
        false => Err(ServeError::Stopped(trouble.unwrap_or_default())),
    }
}

/// Answers whoever connects, until a future ends; then what is under way is waited for. It is our own loop, since
/// the SDK's takes nobody any longer once a connection could not be taken, and no long names of orders.
async fn answer(listener: tokio::net::TcpListener, service: HyperEndpoint, until: impl Future) {
    let graceful = GracefulShutdown::new();
    let mut until = std::pin::pin!(until);
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            _ = &mut until => break,
        };
        match taken {
            Ok((stream, _)) => {
                let mut http = http2::Builder::new(TokioExecutor::new());
                http.max_header_list_size(HEADERS);
                let connection = http.serve_connection(TokioIo::new(stream), service.clone());
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection broke");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("some calls did not end in time"),
    }
}

/// Comes back when the store has stopped by itself.
async fn stopped(runtime: &Runtime<AnyStore>) {
    let mut look = tokio::time::interval(LOOK);
    while runtime.is_running() {
        look.tick().await;
    }
}
