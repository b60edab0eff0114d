//! The promise of the sandbox, held by a table: whatever a guard is given, it ends within 100 ms and
//! 16 MiB with a finding, an error or an answer, and the next guard does not notice.
//!
//! The rows stand in `sources.rs` (what is written in a guard) and `inputs.rs` (what it is asked about).
//! Each runs in a child process with a limited address space, on threads of 512 KiB to 8 MiB of stack.
//! A child that dies is counted against the row that it was at, and the next one goes on behind it.

mod inputs;
mod sources;

use std::fmt;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::process::{Command, Output};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use flagstate::context::{Scope, Type};
use flagstate::diagnostic::Report;
use flagstate::document::Expression;
use flagstate::guard::{GuardError, Limit, compile_formula, compile_guard};
use flagstate::time::TimeError;

use super::{World, expression, scope, world};

/// The longest that a bomb may take, from its text to its end.
const LONGEST: Duration = Duration::from_millis(100);

/// The most memory that a bomb may take beyond an ordinary guard, in KiB.
const MORE: usize = 16 << 10;

/// The stacks that guards run on, in KiB.
const STACKS: [usize; 4] = [512, 1 << 10, 2 << 10, 8 << 10];

/// A bomb that has not ended by then never will.
const HANGS: Duration = Duration::from_secs(5);

/// Tells a child what to run: `STACK FROM UNTIL`, the stack in KiB and the rows of the table.
const TASK: &str = "FLAGSTATE_BOMBS";

/// One row of the table.
struct Bomb {
    name: &'static str,
    source: String,
    /// Whether the source stands in `set:` of a text and not in `guard:`.
    value: bool,
    /// What is unlike the ordinary order.
    given: fn(&mut Scope, &mut World),
    /// How much longer it may take where nothing is optimised.
    factor: u32,
    expected: Expected,
}

/// How a bomb ends.
#[derive(Debug, Clone, PartialEq)]
enum Expected {
    /// It is refused when the file is read; all its findings are of this rule.
    Finds(&'static str),
    /// It gives this error when it is evaluated.
    Fails(GuardError),
    /// It gives some error when it is evaluated.
    Errs,
    /// It has an answer, which begins so.
    Answers(&'static str),
}

const TEXT: Expected = Expected::Fails(GuardError::Limit(Limit::Text));
const OPERATIONS: Expected = Expected::Fails(GuardError::Limit(Limit::Operations));
const OVERFLOW: Expected = Expected::Fails(GuardError::Overflow);
const ZERO: Expected = Expected::Fails(GuardError::DivisionByZero);
const CALENDAR: Expected = Expected::Fails(GuardError::Time(TimeError::OutOfRange));

fn bomb(name: &'static str, source: impl Into<String>, expected: Expected) -> Bomb {
    Bomb {
        name,
        source: source.into(),
        value: false,
        given: |_, _| (),
        factor: 1,
        expected,
    }
}

impl Bomb {
    /// The same in an order or a workflow that is unlike the ordinary one.
    fn given(mut self, given: fn(&mut Scope, &mut World)) -> Self {
        self.given = given;
        self
    }

    /// The same as the value of a text field.
    fn for_a_text(mut self) -> Self {
        self.value = true;
        self
    }

    /// The same with five times the time in a debug build.
    fn slow_in_debug(mut self) -> Self {
        self.factor = 5;
        self
    }

    /// The longest that it may take.
    fn longest(&self) -> Duration {
        let factor = if cfg!(debug_assertions) {
            self.factor
        } else {
            1
        };
        LONGEST * factor
    }

    /// Lets it go off.
    fn run(&self, written: &Expression, scope: &Scope, world: &World) -> String {
        let mut report = Report::new();
        let answer = if self.value {
            let value = compile_formula(written, &Type::String, scope, &mut report);
            value.map(|value| {
                let (answer, engine, _) = world.ask(|inputs| {
                    let engine = value.eval_in_engine(inputs);
                    (value.eval(inputs), engine, value.operands(inputs))
                });
                assert_eq!(answer, engine, "{}", self.name);
                answer.map(|value| value.to_string())
            })
        } else {
            let guard = compile_guard(written, scope, &mut report);
            guard.map(|guard| {
                let (answer, engine, _) = world.ask(|inputs| {
                    let engine = guard.eval_in_engine(inputs);
                    (guard.eval(inputs), engine, guard.operands(inputs))
                });
                assert_eq!(answer, engine, "{}", self.name);
                answer.map(|holds| holds.to_string())
            })
        };
        let mut rules: Vec<_> = report.iter().map(|found| found.rule.id).collect();
        rules.dedup();
        // That it fails for every order is told, and it is asked all the same.
        rules.retain(|rule| *rule != "always-fails");
        match answer {
            None => format!("finds {}", rules.join(", ")),
            Some(_) if !rules.is_empty() => format!("runs in spite of {}", rules.join(", ")),
            Some(Err(error)) => format!("fails: {error}"),
            Some(Ok(answer)) => {
                let start: String = answer.chars().take(20).collect();
                format!("answers {}", start.escape_debug())
            }
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finds(rule) => write!(f, "finds {rule}"),
            Self::Errs => f.write_str("fails: "),
            Self::Fails(error) => write!(f, "fails: {error}"),
            Self::Answers(answer) => write!(f, "answers {answer}"),
        }
    }
}

fn table() -> Vec<Bomb> {
    let parts = [sources::bombs(), inputs::bombs()];
    parts.into_iter().flatten().collect()
}

/// An ordinary guard of an ordinary order, compiled anew: what a bomb must not disturb.
fn next_guard() -> String {
    let text = "in_state(\"submitted.blocked\") && order.payments == 3 && order.note != \"\" \
                && now - order.placed_at > hours(12) && suborders.some(\"executed\")";
    let next = bomb("next", text, Expected::Answers("true"));
    next.run(&expression(text), &scope(), &world())
}

/// The time that this thread has had of a processor, where the system tells: what other programs take
/// of it is not the guard's.
fn processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = told.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Runs a bomb, and runs it again where the machine had something else to do: what takes too long
/// does so every time. Gives the outcome, the least time, and what the next guard said.
#[expect(clippy::disallowed_methods, reason = "the promise has a time limit")]
fn timed(bomb: &Bomb) -> (String, Duration, String) {
    let (mut scope, mut world) = (scope(), world());
    (bomb.given)(&mut scope, &mut world);
    let written = expression(&bomb.source);
    let mut least = Duration::MAX;
    let mut outcome = String::new();
    for _ in 0..3 {
        let (start, busy) = (Instant::now(), processor());
        outcome = bomb.run(&written, &scope, &world);
        let took = processor().zip(busy);
        let took = took.and_then(|(after, before)| after.checked_sub(before));
        let took = took.filter(|took| !took.is_zero());
        least = least.min(took.unwrap_or_else(|| start.elapsed()));
        if least <= bomb.longest() {
            break;
        }
    }
    (outcome, least, next_guard())
}

/// Runs in a process of its own: some rows of the table, a line at the start and at the end of each.
#[test]
#[ignore = "the other test of this file starts it in processes of their own"]
fn a_child_runs_its_part_of_the_table() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let numbers: Vec<usize> = task.split(' ').map(|word| word.parse().unwrap()).collect();
    let [stack, from, until] = numbers[..] else {
        panic!("{task}");
    };
    let table = table().into_iter();
    let say = |line: String| writeln!(std::io::stdout(), "\n{line}").unwrap();
    on_a_stack(stack, next_guard).unwrap();
    for (number, bomb) in table.enumerate().take(until).skip(from) {
        say(format!("begins {number}"));
        match on_a_stack(stack, move || timed(&bomb)) {
            Ok((outcome, took, next)) => {
                let other = on_a_stack(stack, next_guard).unwrap();
                let next = if next == other { next } else { other };
                say(format!(
                    "ends {number}|{}|{next}|{outcome}",
                    took.as_micros()
                ));
            }
            Err(()) => std::process::exit(3),
        }
    }
    say("done".to_owned());
}

/// Runs something on a thread with so many KiB of stack; an error where it does not come to an end.
fn on_a_stack<T: Send + 'static>(
    stack: usize,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ()> {
    let (ended, end) = channel();
    let thread = std::thread::Builder::new().stack_size(stack << 10);
    let thread = thread.spawn(move || ended.send(run()).unwrap()).unwrap();
    match end.recv_timeout(HANGS) {
        Ok(result) => {
            thread.join().unwrap();
            Ok(result)
        }
        Err(RecvTimeoutError::Timeout) => Err(()),
        Err(RecvTimeoutError::Disconnected) => panic!("the thread ended without a result"),
    }
}

/// Starts a child within so many KiB of address space, where a limit is kept at all.
fn child(task: &str, space: Option<usize>) -> Output {
    let limit = space.map_or(String::new(), |space| format!("ulimit -v {space} && "));
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{limit}exec \"$0\" \"$@\""));
    shell.arg(std::env::current_exe().unwrap()).args([
        "--exact",
        "guard::bombs::a_child_runs_its_part_of_the_table",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    // One arena, because the C library reserves 64 MiB for that of another thread.
    shell
        .env_clear()
        .env(TASK, task)
        .env("MALLOC_ARENA_MAX", "1");
    shell.output().expect("a shell")
}

/// The least address space in which a child runs ordinary guards; `None` where no limit is kept.
fn least(stack: usize) -> Option<usize> {
    let task = format!("{stack} 0 0");
    let fits = |space: usize| child(&task, Some(space)).status.success();
    let (mut low, mut high) = (1 << 10, 4 << 20);
    if fits(low) || !fits(high) {
        return None;
    }
    while high - low > 512 {
        let middle = low.midpoint(high);
        *(if fits(middle) { &mut high } else { &mut low }) = middle;
    }
    Some(high)
}

/// What a row came to, as a child told it.
struct Ended {
    micros: u128,
    next: String,
    outcome: String,
}

/// Runs rows of the table on one stack, and gives for each how it ended or how its child died.
fn all(stack: usize, rows: Range<usize>, space: Option<usize>) -> Vec<Result<Ended, String>> {
    let mut ends = Vec::new();
    while ends.len() < rows.len() {
        let from = rows.start + ends.len();
        let output = child(&format!("{stack} {from} {}", rows.end), space);
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().filter_map(|line| line.strip_prefix("ends "));
        ends.extend(lines.map(ended));
        if !text.lines().any(|line| line == "done") {
            let code = output.status;
            let complaint = String::from_utf8_lossy(&output.stderr);
            ends.push(Err(format!("{code}: {}", complaint.trim())));
        }
    }
    ends
}

/// Reads what a child told.
fn ended(line: &str) -> Result<Ended, String> {
    let [_, micros, next, outcome] = line.splitn(4, '|').collect::<Vec<_>>()[..] else {
        return Err(format!("it told `{line}`"));
    };
    Ok(Ended {
        micros: micros.parse().unwrap(),
        next: next.to_owned(),
        outcome: outcome.to_owned(),
    })
}

/// What is wrong with how a row ended.
fn wrong(bomb: &Bomb, end: &Result<Ended, String>) -> Option<String> {
    let Ended {
        micros,
        next,
        outcome,
    } = match end {
        Ok(ended) => ended,
        Err(death) => return Some(death.clone()),
    };
    let expected = bomb.expected.to_string();
    let as_expected = match bomb.expected {
        Expected::Answers(_) | Expected::Errs => outcome.starts_with(&expected),
        _ => *outcome == expected,
    };
    if !as_expected {
        return Some(format!("{outcome}, and it is expected that it {expected}"));
    }
    if next != "answers true" {
        return Some(format!("the next guard {next}"));
    }
    (*micros > bomb.longest().as_micros()).then(|| format!("it takes {micros} µs"))
}

/// Runs rows on every stack, and gives what is wrong; they stand behind `skipped` others.
fn withstood(table: &[Bomb], skipped: usize) -> String {
    let mut failures = String::new();
    for stack in STACKS {
        let least = least(stack);
        if least.is_none() {
            crate::tell::skipped(
                "this system does not keep `ulimit -v`: bombs may take any memory",
            );
        }
        let rows = skipped..skipped + table.len();
        let ends = all(stack, rows, least.map(|least| least + MORE));
        for (bomb, end) in table.iter().zip(&ends) {
            if let Some(wrong) = wrong(bomb, end) {
                let _ = writeln!(failures, "{} on {stack} KiB: {wrong}", bomb.name);
            }
        }
    }
    failures
}

#[test]
fn every_bomb_ends_in_time_and_memory_and_the_next_guard_does_not_notice() {
    let failures = withstood(&table(), 0);
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn the_table_has_eighty_bombs_and_no_name_twice() {
    let table = table();
    let names: std::collections::BTreeSet<_> = table.iter().map(|bomb| bomb.name).collect();
    assert_eq!(names.len(), table.len());
    assert!(table.len() >= 80, "{}", table.len());
}
