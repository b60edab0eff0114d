//! Many callers, one engine: a thread that groups what arrives meanwhile, and fires timers.
//!
//! In: a [`Store`], a [`Clock`] and requests from any thread, under any executor. Out: futures that
//! resolve once what they tell is durable. While a group is being written the next one gathers, so that
//! many callers share one write to disk and a single one does not wait for others.

use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_channel::oneshot;

use super::engine::{Engine, GROUP};
use super::request::{Create, Fire, Reply, Request};
use super::store::{Store, StoreError};
use crate::time::Instant;

/// How many requests may wait.
const WAITING: usize = 65_536;

/// Timers that somebody else armed are seen after at most this long.
const POLL: Duration = Duration::from_secs(1);

/// How long the store may be looked for to see what is due: whoever asks meanwhile waits, and it is looked at
/// again soon.
const GLANCE: Duration = Duration::from_secs(1);

/// How often is looked whether it has stopped.
const LOOK: Duration = Duration::from_millis(5);

/// Several processes that wait for the same timer wake at different moments within so many milliseconds, so
/// that most find it fired when they come to it.
const SPREAD: u64 = 50;

/// Where the present comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Instant;

    /// How long it is until an instant: what is left until then, on a clock that goes as time does.
    fn until(&self, due: Instant) -> Duration {
        (due - self.now()).to_std().unwrap_or_default()
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
    fn now(&self) -> Instant {
        std::time::SystemTime::now().into()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// The store failed: nothing was written, unless it says that this is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many requests wait already: try again later.
    #[error("too many requests wait already")]
    Overloaded,
    /// The runtime has stopped. Whether the request was carried out is not known; asking again with
    /// the same event id tells.
    #[error("the runtime has stopped{}", .0.as_ref().map_or(String::new(), |why| format!(": {why}")))]
    Stopped(Option<String>),
}

type Question<S> = Box<dyn FnOnce(&mut Engine<S>, Instant) + Send>;
type Answered = oneshot::Sender<Result<Reply, RuntimeError>>;

enum Message<S> {
    Request(Box<Request>, Answered),
    Question(Question<S>),
    Stop,
}

/// A running engine. Dropping it finishes what was asked and stops.
#[derive(Debug)]
pub struct Runtime<S: Store> {
    sender: SyncSender<Message<S>>,
    thread: Option<JoinHandle<()>>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl<S: Store + 'static> Runtime<S> {
    /// Starts an engine on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: S, clock: impl Clock) -> std::io::Result<Self> {
        Self::run(Engine::new(store), clock)
    }

    /// Runs an engine on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn run(engine: Engine<S>, clock: impl Clock) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let trouble = Arc::new(Mutex::new(None));
        let mut worker = Worker {
            engine,
            clock: Box::new(clock),
            receiver,
            trouble: Arc::clone(&trouble),
            moments: RandomState::new(),
            waits: 0,
            is_over: false,
        };
        // Guards are compiled here: Rhai needs room on the stack.
        let thread = std::thread::Builder::new()
            .name("flagstate".to_owned())
            .stack_size(8 << 20)
            .spawn(move || worker.run())?;
        Ok(Self {
            sender,
            thread: Some(thread),
            trouble,
        })
    }

    /// Creates an order.
    ///
    /// # Errors
    /// See [`RuntimeError`]; a refusal is an answer.
    pub async fn create(&self, create: Create) -> Result<Reply, RuntimeError> {
        self.request(Request::Create(create)).await
    }

    /// Lets something happen to an order.
    ///
    /// # Errors
    /// See [`RuntimeError`]; a refusal is an answer.
    pub async fn fire(&self, fire: Fire) -> Result<Reply, RuntimeError> {
        self.request(Request::Fire(fire)).await
    }

    /// Hands over a request at once; the future resolves when it is answered.
    ///
    /// # Errors
    /// See [`RuntimeError`]; a refusal is an answer.
    pub fn request(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Reply, RuntimeError>> + Send + use<S> {
        let (answered, answer) = oneshot::channel();
        let sent = self.send(Message::Request(Box::new(request), answered));
        let trouble = Arc::clone(&self.trouble);
        async move {
            sent?;
            let stopped = |_| RuntimeError::Stopped(told(&trouble));
            answer.await.map_err(stopped)?
        }
    }

    /// Asks the engine anything, between two groups: views, queries, journals, effects, deployments.
    ///
    /// # Errors
    /// When too much waits already, or the runtime has stopped.
    pub async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Engine<S>, Instant) -> R + Send + 'static,
    ) -> Result<R, RuntimeError> {
        let (answered, answer) = oneshot::channel();
        self.send(Message::Question(Box::new(move |engine, now| {
            // Who asked may be gone: then nobody waits for the answer.
            let _ = answered.send(question(engine, now));
        })))?;
        let stopped = |_| RuntimeError::Stopped(told(&self.trouble));
        answer.await.map_err(stopped)
    }

    /// What last went wrong with timers, or why the runtime stopped by itself.
    pub fn trouble(&self) -> Option<String> {
        told(&self.trouble)
    }

    /// Whether it runs: it stops by itself where the store cannot be relied on.
    pub fn is_running(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Finishes what was asked and stops, as dropping it does, and waits no longer than that for it: whether it has
    /// come to its end. Where it has not, it is left to finish for as long as the process lives.
    pub fn stop(mut self, most: Duration) -> bool {
        let Some(thread) = self.thread.take() else {
            return true;
        };
        let (mut waited, mut is_told) = (Duration::ZERO, false);
        while !thread.is_finished() && waited < most {
            // It is told once less waits than may.
            is_told = is_told || self.sender.try_send(Message::Stop).is_ok();
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        let is_over = thread.is_finished();
        if is_over {
            let _ = thread.join();
        }
        is_over
    }

    fn send(&self, message: Message<S>) -> Result<(), RuntimeError> {
        self.sender.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => RuntimeError::Overloaded,
            TrySendError::Disconnected(_) => RuntimeError::Stopped(told(&self.trouble)),
        })
    }
}

impl<S: Store> Drop for Runtime<S> {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // It may have stopped by itself; then there is nobody to tell.
            let _ = self.sender.send(Message::Stop);
            let _ = thread.join();
        }
    }
}

fn told(trouble: &Mutex<Option<String>>) -> Option<String> {
    trouble
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// What runs on the thread.
struct Worker<S> {
    engine: Engine<S>,
    clock: Box<dyn Clock>,
    receiver: Receiver<Message<S>>,
    trouble: Arc<Mutex<Option<String>>>,
    /// What no other process draws from.
    moments: RandomState,
    waits: u64,
    /// Whether the store answers nothing more.
    is_over: bool,
}

impl<S: Store> Worker<S> {
    /// How much longer than others to wait this time.
    fn moment(&mut self) -> Duration {
        self.waits = self.waits.wrapping_add(1);
        Duration::from_millis(self.moments.hash_one(self.waits) % SPREAD)
    }

    fn run(&mut self) {
        loop {
            let wait = self.timers().unwrap_or_else(|error| {
                self.note(Some(error.to_string()));
                POLL
            });
            if self.is_over {
                return;
            }
            match self.receiver.recv_timeout(wait) {
                Ok(message) => {
                    if !self.group(message) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Fires what is due; how long nothing else is.
    fn timers(&mut self) -> Result<Duration, StoreError> {
        let now = self.clock.now();
        let Some(due) = self.next_due()? else {
            self.note(None);
            return Ok(POLL);
        };
        if due > now {
            self.note(None);
            return Ok(self.clock.until(due).min(POLL) + self.moment());
        }
        self.engine.fire_due(now)?;
        self.note(None);
        Ok(Duration::ZERO)
    }

    /// When the next timer is due. A store that tells not even that for sure must be opened again: it is over.
    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        let store = self.engine.store();
        store.set_patience(Some(GLANCE));
        let due = store.next_due();
        store.set_patience(None);
        self.is_over |= matches!(due, Err(StoreError::Unsure(_)));
        due
    }

    fn note(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Answers what waits; whether it goes on.
    fn group(&mut self, first: Message<S>) -> bool {
        let mut next = Some(first);
        let mut requests = Vec::new();
        let mut answered = Vec::new();
        // Timers come to their turn however much is asked.
        for left in (0..GROUP).rev() {
            let Some(message) = next.take() else {
                break;
            };
            match message {
                Message::Request(request, answer) => {
                    requests.push(*request);
                    answered.push(answer);
                }
                Message::Question(question) => {
                    if !self.answer(&mut requests, &mut answered) {
                        return false;
                    }
                    question(&mut self.engine, self.clock.now());
                }
                Message::Stop => {
                    self.answer(&mut requests, &mut answered);
                    return false;
                }
            }
            if left > 0 {
                next = self.receiver.try_recv().ok();
            }
        }
        self.answer(&mut requests, &mut answered)
    }

    fn answer(&mut self, requests: &mut Vec<Request>, answered: &mut Vec<Answered>) -> bool {
        if requests.is_empty() {
            return true;
        }
        let replies = self.engine.handle_each(requests, self.clock.now());
        requests.clear();
        let mut left_open = None;
        for (answer, reply) in answered.drain(..).zip(replies) {
            if let Err(error @ StoreError::Unsure(_)) = &reply {
                left_open = Some(error.to_string());
            }
            let _ = answer.send(reply.map_err(RuntimeError::Store));
        }
        if left_open.is_some() {
            self.note(left_open);
            // Only a store that goes on tells this.
            let _ = self.next_due();
        }
        !self.is_over
    }
}
