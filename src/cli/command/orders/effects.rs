//! `flagstate orders effects`: what steps ask of the outside, handed out by hand or by a script.

use super::operate::{Fate, Handed};
use super::reach::Reach;
use super::{Format, Place};
use crate::cli::{CliError, CliErrors, Exit, Terminal, json, table};
use crate::time::Duration;

/// Hand out what steps ask of the outside, and say what became of it
///
/// Each effect is handed out until it is acknowledged, with the same id every time; one that is said to have
/// failed is handed out again later, and given up after 20 attempts. One of which nothing is said is handed out
/// again once its lease is over, without end. A server hands out and shows no more than 1000 at
/// once; it is asked with a token of the scope `effects`.
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
        let ((effect, what), fate, place) = match &self.what {
            What::Claim {
                limit,
                lease,
                format,
                place,
            } => {
                let mut reach = place.reach()?;
                let claimed = reach.claim(place.tenant(), *lease, *limit)?;
                return show(&claimed, *format, (place, &mut reach, terminal));
            }
            What::Dead {
                limit,
                format,
                place,
            } => {
                let mut reach = place.reach_to_read()?;
                let dead = reach.dead(place.tenant(), *limit)?;
                return show(&dead, *format, (place, &mut reach, terminal));
            }
            What::Ack {
                effect,
                attempt,
                place,
            } => ((effect, "is done"), Fate::Done { attempt: *attempt }, place),
            What::Fail {
                effect,
                attempt,
                error,
                place,
            } => {
                let attempt = *attempt;
                let then = "failed: it is handed out again later, or given up after 20 attempts";
                ((effect, then), Fate::Failed { attempt, error }, place)
            }
            What::Revive { effect, place } => {
                ((effect, "is handed out again"), Fate::Revived, place)
            }
        };
        if let Some(stranger) = stranger(effect, place) {
            terminal.mistake(&stranger);
            return Ok(Exit::Findings);
        }
        let is_revived = matches!(fate, Fate::Revived);
        if place.reach()?.settle(effect, fate)? {
            terminal.line(&format!("`{effect}` {what}"));
            return Ok(Exit::Clean);
        }
        terminal.mistake(&unsettled(effect, is_revived));
        Ok(Exit::Findings)
    }
}

/// What is wrong where there is nothing to settle.
fn unsettled(effect: &str, is_revived: bool) -> CliError {
    let (problem, help) = match is_revived {
        true => (
            "was not given up",
            "`flagstate orders effects dead` shows those that were",
        ),
        false => (
            "is not handed out at this attempt",
            "it was settled, was handed out again since, or is none",
        ),
    };
    CliError::new(format!("`{effect}` {problem}")).help(help)
}

/// What is wrong where the effect is another tenant's.
fn stranger(effect: &str, place: &Place) -> Option<CliError> {
    let tenant = place.known()?;
    let is_own = effect.starts_with(&format!("{tenant}/"));
    let error = CliError::new(format!("`{effect}` is no effect of `{tenant}`"));
    (!is_own).then(|| error.help("ids begin with the tenant: TENANT/ORDER/STEP.PLACE"))
}

fn show(
    effects: &[Handed],
    format: Format,
    (place, reach, terminal): (&Place, &mut Reach, &mut Terminal),
) -> Result<Exit, CliErrors> {
    if effects.is_empty() {
        place.doubt(reach, terminal)?;
    }
    if format == Format::Json {
        terminal.line(&json(&effects));
        return Ok(Exit::Clean);
    }
    if effects.is_empty() {
        terminal.summary("none");
        return Ok(Exit::Clean);
    }
    let rows = effects.iter().map(|effect| {
        [
            effect.id.clone(),
            effect.effect.clone(),
            effect.attempt.to_string(),
            effect.at.clone(),
            effect.error.clone().unwrap_or_default(),
        ]
    });
    let header = ["id", "effect", "attempt", "asked", "error"];
    let text = table::plain(header, rows, terminal.width());
    terminal.print(&text);
    Ok(Exit::Clean)
}
