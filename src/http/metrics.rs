//! What is counted, in the text format of Prometheus.
//!
//! In: requests as they are answered. Out: lines to be scraped.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::runtime::{Answer, Reply};

/// The media type of the text format.
pub(super) const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The upper bounds of durations, in seconds.
const BOUNDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// By method, route and status.
    requests: BTreeMap<(String, String, u16), u64>,
    /// By method and route.
    durations: BTreeMap<(String, String), Histogram>,
    /// By kind, and whether it was given before.
    answers: BTreeMap<(&'static str, bool), u64>,
    /// By what became of them.
    deliveries: BTreeMap<&'static str, u64>,
    /// What was due and failed.
    failures: u64,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    sum: f64,
    count: u64,
}

/// What is asked of the server when it is scraped.
#[derive(Debug)]
pub(super) struct Now {
    /// How many requests wait for the engine.
    pub(super) waiting: u64,
    /// How many orders have timers that are due, up to the size of a group.
    pub(super) due: usize,
    /// By how many seconds the first timer is late.
    pub(super) late: f64,
    /// Whether something is wrong with timers.
    pub(super) has_trouble: bool,
}

impl Metrics {
    fn counts(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Counts a request. The route is that of the table, so that there are few.
    pub(super) fn observed(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.counts(|counts| {
            let histogram = counts.durations.entry((method.clone(), route.clone()));
            histogram.or_default().add(took.as_secs_f64());
            *counts.requests.entry((method, route, status)).or_default() += 1;
        });
    }

    /// Counts an answer of the runtime.
    pub(super) fn answered(&self, reply: &Reply) {
        let kind = match &reply.answer {
            Answer::Accepted(_) => "accepted",
            Answer::Repeated(_) => "repeated",
            Answer::Refused { .. } => "refused",
            Answer::Behind(_) => "behind",
            Answer::Conflict { .. } => "conflict",
            Answer::UnknownOrder => "unknown_order",
            Answer::UnknownWorkflow => "unknown_workflow",
            Answer::Exists { .. } => "exists",
            Answer::IdUsed => "id_used",
            Answer::Erased => "erased",
            Answer::Stuck { .. } => "stuck",
            Answer::Invalid { .. } => "invalid",
        };
        let key = (kind, reply.duplicate);
        self.counts(|counts| *counts.answers.entry(key).or_default() += 1);
    }

    /// Counts an effect that was sent.
    pub(super) fn delivered(&self, outcome: &'static str) {
        self.counts(|counts| *counts.deliveries.entry(outcome).or_default() += 1);
    }

    /// Counts what was due and failed.
    pub(super) fn failed(&self) {
        self.counts(|counts| counts.failures += 1);
    }

    /// All of it as text.
    pub(super) fn text(&self, now: &Now) -> String {
        let mut text = String::new();
        self.counts(|counts| counts.write(&mut text));
        let gauges: [(&str, &str, &dyn Display); 4] = [
            (
                "flagstate_waiting",
                "Requests that wait for the engine.",
                &now.waiting,
            ),
            (
                "flagstate_orders_due",
                "Orders whose timers are due, at most 512.",
                &now.due,
            ),
            (
                "flagstate_timers_late_seconds",
                "By how much the first timer is late.",
                &now.late,
            ),
            (
                "flagstate_timers_trouble",
                "Whether timers cannot fire.",
                &u8::from(now.has_trouble),
            ),
        ];
        for (name, help, value) in gauges {
            head(&mut text, name, help, "gauge");
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

impl Counts {
    fn write(&self, text: &mut String) {
        let name = "flagstate_http_requests_total";
        head(text, name, "Requests by route and status.", "counter");
        for ((method, route, status), count) in &self.requests {
            let _ = writeln!(
                text,
                "{name}{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        let name = "flagstate_http_request_duration_seconds";
        head(text, name, "How long requests took.", "histogram");
        for ((method, route), histogram) in &self.durations {
            let labels = format!("method=\"{method}\",route=\"{route}\"");
            for (bound, count) in BOUNDS.iter().zip(histogram.buckets) {
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}");
            }
            let Histogram { sum, count, .. } = histogram;
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
            let _ = writeln!(text, "{name}_sum{{{labels}}} {sum}");
            let _ = writeln!(text, "{name}_count{{{labels}}} {count}");
        }
        let name = "flagstate_answers_total";
        head(text, name, "Answers of the engine by kind.", "counter");
        for ((kind, duplicate), count) in &self.answers {
            let _ = writeln!(
                text,
                "{name}{{answer=\"{kind}\",duplicate=\"{duplicate}\"}} {count}"
            );
        }
        let name = "flagstate_webhook_deliveries_total";
        head(
            text,
            name,
            "Effects that were sent, by what became of them.",
            "counter",
        );
        for (outcome, count) in &self.deliveries {
            let _ = writeln!(text, "{name}{{outcome=\"{outcome}\"}} {count}");
        }
        let name = "flagstate_timers_failed_total";
        head(
            text,
            name,
            "Timers that were due and failed, and events raised for later.",
            "counter",
        );
        let _ = writeln!(text, "{name} {}", self.failures);
    }
}

impl Histogram {
    fn add(&mut self, seconds: f64) {
        for (bound, count) in BOUNDS.iter().zip(&mut self.buckets) {
            *count += u64::from(seconds <= *bound);
        }
        self.sum += seconds;
        self.count += 1;
    }
}
