//! What happens to orders while the disk fails, step by step, and how all of it must stand after each.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use flagstate::runtime::{
    Answer, Create, Deploy, DeployError, Engine, EngineError, Fire, Request, Sqlite, Store,
    StoreError,
};
use flagstate::time::Duration;
use serde_json::{Value as Json, json};

use super::super::at;
use super::faults::{Control, FAULTY, Fault};

const TENANT: &str = "t";

/// One thing that is done.
enum Step {
    Deploy(&'static str, String),
    Handle(Vec<Request>),
    /// Effects are handed out, and those that were are done.
    Claim,
    Settle(&'static str),
    /// The last process that has the file open closes it, which brings the log into it.
    Close,
}

/// What failed, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) faults: u32,
    failed: u32,
    full: u32,
    unsure: u32,
    /// Of those, what was written all the same.
    written: u32,
    /// Calls that failed without anything being asked that could not be answered.
    passed: u32,
}

impl fmt::Display for Tally {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            faults,
            failed,
            full,
            unsure,
            written,
            passed,
        } = self;
        write!(
            to,
            "{faults} places; {failed} times failed, {full} full, {unsure} unsure ({written} of them written), \
             {passed} without need to say so; each order verified and gone on with"
        )
    }
}

fn create(workflow: &str, order: &str, context: &[(&str, Json)]) -> Request {
    let mut create = Create::new(TENANT, workflow, order, Actor::new("customer"));
    create.event_id = Some(format!("create {order}"));
    let context = context.iter().cloned();
    create.context = context
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Request::Create(create)
}

fn fire(order: &str, by: &str, name: &str, payload: &[(&str, Json)]) -> Request {
    let payload = payload.iter().cloned();
    let kind = EventKind::Named {
        name: name.to_owned(),
        payload: payload
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        target: None,
    };
    event(order, by, name, kind)
}

fn event(order: &str, by: &str, id: &str, kind: EventKind) -> Request {
    let event = Event {
        id: Some(format!("{id} {order}")),
        actor: Actor::new(by),
        kind,
    };
    Request::Fire(Fire::new(TENANT, order, event))
}

fn steps() -> Vec<Step> {
    let deploy = |file: &'static str| {
        let text = fs::read_to_string(format!("tests/cases/runtime/{file}")).unwrap();
        Step::Deploy(file, text)
    };
    let orders = ["o1", "o2", "o3"];
    let each = |make: &dyn Fn(&str) -> Request| orders.iter().map(|order| make(order)).collect();
    let erase = EventKind::Override {
        reason: "asked for".to_owned(),
        action: Override::Erase,
    };
    let learnt = [("phone", json!("+47 99")), ("safe", json!(true))];
    vec![
        deploy("shop.yaml"),
        deploy("person.yaml"),
        Step::Handle(each(&|order| create("shop", order, &[]))),
        Step::Handle(each(&|order| fire(order, "customer", "place", &[]))),
        Step::Claim,
        Step::Handle(vec![
            create("person", "p1", &[("email", json!("joe@example.org"))]),
            fire("p1", "customer", "learn", &learnt),
        ]),
        Step::Settle("t/o1/2.0"),
        Step::Settle("t/o2/2.0"),
        Step::Close,
        Step::Handle(each(&|order| {
            fire(order, "clerk", "pay", &[("amount", json!(100))])
        })),
        Step::Handle(vec![event("p1", "clerk", "erase", erase)]),
        Step::Handle(vec![
            fire("o1", "clerk", "ship", &[]),
            fire("o2", "customer", "cancel", &[]),
        ]),
        Step::Close,
        Step::Handle(vec![fire("p1", "clerk", "close", &[])]),
    ]
}

/// All that a store says, and all that it would hand out.
fn said(file: &Path) -> String {
    let mut store = Sqlite::open(file).unwrap();
    store.check().unwrap();
    let keys = store.keys(None, usize::MAX).unwrap();
    let mut said = Vec::new();
    for key in &keys {
        let ids = [
            "create", "place", "pay", "learn", "erase", "ship", "cancel", "close",
        ];
        let asked = ids.map(|id| (key.clone(), format!("{id} {}", key.order)));
        said.push(format!(
            "{:?}",
            store.load(std::slice::from_ref(key)).unwrap()
        ));
        said.push(format!("{:?}", store.journal(key, 0, usize::MAX).unwrap()));
        said.push(format!("{:?}", store.answers(&asked).unwrap()));
    }
    for workflow in ["shop", "person"] {
        said.push(format!("{:?}", store.current(TENANT, workflow).unwrap()));
    }
    let later = at(10_000_000);
    let effects = store.claim(None, later, later, usize::MAX).unwrap();
    said.push(format!("{effects:?}"));
    let mut engine = Engine::new(store);
    for key in &keys {
        let verified = engine.verify(key).unwrap().unwrap();
        verified.unwrap_or_else(|error| panic!("{error}"));
    }
    said.join("\n")
}

/// The steps, and what is said after each: the first is what an empty store says.
pub(super) struct Story {
    steps: Vec<Step>,
    said: Vec<String>,
}

/// A store on the disk that may fail.
struct Place {
    folder: tempfile::TempDir,
    engine: Option<Engine<Sqlite>>,
}

impl Place {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let folder = folder.unwrap();
        fs::create_dir(folder.path().join(FAULTY)).unwrap();
        Self {
            folder,
            engine: None,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(FAULTY).join("orders.db")
    }

    /// What the store says that a process would find if this one were killed now.
    fn if_killed(&self) -> String {
        let copy = self.folder.path().join("copy");
        fs::create_dir_all(&copy).unwrap();
        for entry in fs::read_dir(self.file().parent().unwrap()).unwrap() {
            let file = entry.unwrap();
            // The index of the log is made again by whoever opens it first.
            if !file.path().to_string_lossy().ends_with("-shm") {
                fs::copy(file.path(), copy.join(file.file_name())).unwrap();
            }
        }
        let said = said(&copy.join("orders.db"));
        fs::remove_dir_all(&copy).unwrap();
        said
    }

    fn engine(&mut self) -> Result<&mut Engine<Sqlite>, StoreError> {
        if self.engine.is_none() {
            self.engine = Some(Engine::new(Sqlite::open(self.file())?));
        }
        Ok(self.engine.as_mut().unwrap())
    }

    fn step(&mut self, step: &Step, now: i64) -> Result<(), StoreError> {
        match step {
            Step::Deploy(file, text) => {
                let deploy = Deploy::file(TENANT, *file, text.clone());
                match self.engine()?.deploy(&deploy, at(now)) {
                    Ok(_) => {}
                    Err(DeployError::Store(wrong)) => return Err(wrong),
                    Err(wrong) => panic!("{wrong}"),
                }
            }
            Step::Handle(requests) => {
                for reply in self.engine()?.handle(requests, at(now))? {
                    assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
                }
            }
            Step::Claim => {
                let hour = Duration::seconds(3_600);
                match self.engine()?.claim(None, at(now), hour, 100) {
                    Ok(_) => {}
                    Err(EngineError::Store(wrong)) => return Err(wrong),
                    Err(wrong) => panic!("{wrong}"),
                }
            }
            Step::Settle(id) => {
                self.engine()?.acknowledge(id, 1)?;
            }
            Step::Close => self.engine = None,
        }
        Ok(())
    }
}

impl Story {
    /// How it goes while nothing fails.
    pub(super) fn told(control: &Control) -> Self {
        control.lift();
        let mut place = Place::new();
        place.engine().unwrap();
        let mut said = vec![place.if_killed()];
        let steps = steps();
        for (now, step) in (0..).zip(&steps) {
            place.step(step, now).unwrap();
            said.push(place.if_killed());
        }
        Self { steps, said }
    }

    /// The same with a fault; whether it came to that.
    pub(super) fn again(&self, control: &Control, fault: Fault, tally: &mut Tally) -> bool {
        let mut place = Place::new();
        control.set(fault);
        for (now, step) in (0..).zip(&self.steps) {
            let place = &mut place;
            self.step(place, (now, step), control, fault, tally);
        }
        let failed = control.failed();
        control.lift();
        drop(place.engine.take());
        assert_eq!(Some(&place.if_killed()), self.said.last(), "{fault:?}");
        tally.faults += u32::from(failed > 0);
        failed > 0
    }

    fn step(
        &self,
        place: &mut Place,
        (now, step): (i64, &Step),
        control: &Control,
        fault: Fault,
        tally: &mut Tally,
    ) {
        let number = usize::try_from(now).unwrap();
        let (before, after) = (&self.said[number], &self.said[number + 1]);
        let what = |attempt: u32| format!("step {number}, attempt {attempt}, {fault:?}");
        for attempt in 1.. {
            // Whoever asks again while it lasts is told the same again; then somebody mends the disk.
            if attempt == 3 {
                control.lift();
            }
            assert!(attempt < 5, "it does not work again: {}", what(attempt));
            let failed = control.failed();
            let answer = place.step(step, now);
            if control.failed() == failed {
                match answer {
                    Ok(()) => return,
                    Err(wrong) => panic!("nothing failed, and yet {wrong}: {}", what(attempt)),
                }
            }
            let found = place.if_killed();
            match answer {
                Ok(()) => {
                    assert_eq!(&found, after, "{}", what(attempt));
                    tally.passed += 1;
                    return;
                }
                Err(wrong) => {
                    let is_before = &found == before;
                    match &wrong {
                        StoreError::Failed(_) => tally.failed += 1,
                        StoreError::Full(_) => tally.full += 1,
                        StoreError::Unsure(_) => {
                            tally.unsure += 1;
                            tally.written += u32::from(!is_before);
                            place.engine = None;
                        }
                        _ => panic!("{wrong}: {}", what(attempt)),
                    }
                    let may_be_written = matches!(wrong, StoreError::Unsure(_));
                    assert!(
                        is_before || (may_be_written && &found == after),
                        "{wrong}: it stands otherwise than that says: {}",
                        what(attempt)
                    );
                }
            }
        }
    }
}
