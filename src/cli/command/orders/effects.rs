//! `flagstate orders effects`: what steps ask of the outside, handed out by hand or by a script.

use serde_json::json as object;

use super::{Format, Place, engine_failed, failed};
use crate::cli::{CliError, CliErrors, Exit, Terminal, json, table};
use crate::runtime::row::EffectRow;
use crate::runtime::{Backoff, Store as _};
use crate::time::{Duration, Instant, format_instant};

/// Hand out what steps ask of the outside, and say what became of it
///
/// Each effect is handed out until it is acknowledged, with the same id every time; one that fails is
/// handed out again later, and given up after 20 attempts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders effects claim --limit 10 --format json
  flagstate orders effects ack acme/o1/2.0 --attempt 1
  flagstate orders effects fail acme/o1/2.0 --attempt 1 --error 'no answer'
  flagstate orders effects dead
  flagstate orders effects revive acme/o1/2.0")]
pub(super) struct Effects {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Hand out effects that are due
    Claim {
        /// At most so many
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        limit: usize,
        /// How long they are kept from others
        #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = lease)]
        lease: Duration,
        /// How they are written
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
        #[command(flatten)]
        place: Place,
    },
    /// Say that an effect was done
    Ack {
        /// The effect
        effect: String,
        /// The attempt at which it was handed out
        #[arg(long, value_name = "ATTEMPT")]
        attempt: u32,
        #[command(flatten)]
        place: Place,
    },
    /// Say that an effect failed
    Fail {
        /// The effect
        effect: String,
        /// The attempt at which it was handed out
        #[arg(long, value_name = "ATTEMPT")]
        attempt: u32,
        /// What went wrong
        #[arg(long, value_name = "TEXT")]
        error: String,
        #[command(flatten)]
        place: Place,
    },
    /// Show effects that were given up
    Dead {
        /// At most so many
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        limit: usize,
        /// How they are written
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
        #[command(flatten)]
        place: Place,
    },
    /// Hand an effect out once more that was given up
    Revive {
        /// The effect
        effect: String,
        #[command(flatten)]
        place: Place,
    },
}

fn lease(text: &str) -> Result<Duration, String> {
    text.parse()
        .map_err(|error: crate::time::TimeError| error.to_string())
}

impl Effects {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let now = super::now()?;
        if let Some(stranger) = self.stranger() {
            terminal.mistake(&stranger);
            return Ok(Exit::Findings);
        }
        let listed = match &self.what {
            What::Claim {
                limit,
                lease,
                format,
                place,
            } => {
                let tenant = Some(place.tenant());
                let claimed = place.open()?.claim(tenant, now, *lease, *limit);
                Some((claimed.map_err(|error| engine_failed(&error))?, *format))
            }
            What::Dead {
                limit,
                format,
                place,
            } => {
                let dead = place.open_to_read()?.store().dead(place.tenant(), *limit);
                Some((dead.map_err(|error| failed(&error))?, *format))
            }
            What::Ack { .. } | What::Fail { .. } | What::Revive { .. } => None,
        };
        match listed {
            Some((effects, format)) => {
                show(&effects, format, terminal);
                Ok(Exit::Clean)
            }
            None => self.settle(now, terminal),
        }
    }

    /// Says what became of an effect.
    fn settle(&self, now: Instant, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let (done, effect, what) = match &self.what {
            What::Claim { .. } | What::Dead { .. } => return Ok(Exit::Clean),
            What::Ack {
                effect,
                attempt,
                place,
            } => {
                let done = place.open()?.acknowledge(effect, *attempt);
                (done, effect, "is done")
            }
            What::Fail {
                effect,
                attempt,
                error,
                place,
            } => {
                let with = (&Backoff::default(), now);
                let done = place.open()?.fail(effect, *attempt, error, with);
                (done, effect, "waits")
            }
            What::Revive { effect, place } => {
                let done = place.open()?.store().revive(effect, now);
                (done, effect, "is handed out again")
            }
        };
        let done = done.map_err(|error| failed(&error))?;
        Ok(tell(done, (effect, what), terminal))
    }
}

/// Tells whether an effect was settled, and how.
fn tell(done: bool, (effect, what): (&str, &str), terminal: &mut Terminal) -> Exit {
    if done {
        terminal.line(&format!("`{effect}` {what}"));
        return Exit::Clean;
    }
    let error = CliError::new(format!("`{effect}` is not handed out so"));
    terminal.mistake(&error.help("it was settled, or handed out again since"));
    Exit::Findings
}

impl Effects {
    /// The effect that is settled or revived, and for whom.
    fn settles(&self) -> Option<(&str, &Place)> {
        match &self.what {
            What::Ack { effect, place, .. }
            | What::Fail { effect, place, .. }
            | What::Revive { effect, place } => Some((effect, place)),
            What::Claim { .. } | What::Dead { .. } => None,
        }
    }

    /// What is wrong where the effect is another tenant's.
    fn stranger(&self) -> Option<CliError> {
        let (effect, place) = self.settles()?;
        let tenant = place.tenant();
        let is_own = effect.starts_with(&format!("{tenant}/"));
        let error = CliError::new(format!("`{effect}` is no effect of `{tenant}`"));
        (!is_own).then(|| error.help("ids begin with the tenant: TENANT/ORDER/STEP.PLACE"))
    }
}

fn show(effects: &[EffectRow], format: Format, terminal: &mut Terminal) {
    if format == Format::Json {
        let objects = effects.iter().map(|effect| {
            object!({
                "id": effect.id,
                "tenant": effect.key.tenant,
                "order": effect.key.order,
                "step": effect.sequence,
                "effect": effect.effect,
                "state": effect.state,
                "at": format_instant(effect.at),
                "attempt": effect.attempts,
                "error": effect.error,
            })
        });
        return terminal.line(&json(&objects.collect::<Vec<_>>()));
    }
    if effects.is_empty() {
        return terminal.summary("none");
    }
    let rows = effects.iter().map(|effect| {
        [
            effect.id.clone(),
            effect.effect.clone(),
            effect.attempts.to_string(),
            format_instant(effect.at),
            effect.error.clone().unwrap_or_default(),
        ]
    });
    let header = ["id", "effect", "attempt", "asked", "error"];
    let text = table::plain(header, rows, terminal.width());
    terminal.print(&text);
}
