//! `flagstate orders deploy --dry-run`: what would become of a deployment.

use std::collections::BTreeSet;

use serde_json::json as object;

use super::reach::Reach;
use super::{Format, Place, count, deploy, for_whom, plain, short};
use crate::cli::open::Opened;
use crate::cli::terminal::{harmless, on_one_line};
use crate::cli::{CliError, CliErrors, Exit, Terminal, json, store, table};
use crate::diff::Why;
use crate::runtime::engine::{Beside, Known, Preview, SettingChange};
use crate::runtime::{Deploy, Engine, Memory};

/// Shows all that was found in a file; whether it may be deployed.
pub(super) fn found(opened: &Opened, format: Format, terminal: &mut Terminal) -> bool {
    let is_sound = !opened.has_errors();
    match format {
        Format::Text => opened.show(terminal),
        // A preview has what was found in it.
        Format::Json if is_sound => {}
        Format::Json => terminal.line(&json(&object!({ "report": opened.report() }))),
    }
    is_sound
}

/// Tells what would become of a deployment.
pub(super) fn tell(
    wanted: &Deploy,
    place: &Place,
    format: Format,
    terminal: &mut Terminal,
) -> Result<Exit, CliErrors> {
    let preview = place.reach_if_there()?.preview(wanted)?;
    match format {
        Format::Json => terminal.line(&json(&preview)),
        Format::Text => {
            terminal.line(&on_one_line(&said(&preview, place)));
            if let Some(current) = &preview.current {
                beside(current, terminal);
                if current.version == preview.version {
                    deploy::same_version(preview.version, terminal);
                }
            }
            left(&preview, terminal);
        }
    }
    Ok(Exit::Clean)
}

/// What would become of it, in a sentence.
fn said(preview: &Preview, place: &Place) -> String {
    let (name, version) = (&preview.workflow, preview.version);
    let whose = for_whom(place.known());
    let short = short(&preview.deployment);
    match preview.known {
        Known::Current => format!(
            "new orders of `{name}` are made under version {version}{whose} already (deployment {short}): to deploy \
             it again would change nothing"
        ),
        Known::Earlier => format!(
            "new orders of `{name}` would again be made under version {version}{whose}, which was deployed before \
             (deployment {short}); nothing was written"
        ),
        Known::New => format!(
            "new orders of `{name}` would be made under version {version}{whose} (deployment {short}); nothing was \
             written"
        ),
    }
}

/// What differs from the version that is current.
fn beside(current: &Beside, terminal: &mut Terminal) {
    let (version, short) = (current.version, short(&current.deployment));
    terminal.line(&format!(
        "\nbeside version {version}, which is current (deployment {short}):\n"
    ));
    terminal.print(&harmless(&current.text));
    for SettingChange { setting, from, to } in &current.settings {
        let line = match (from.as_ref().map(plain), to.as_ref().map(plain)) {
            (Some(from), None) => format!(
                "the setting `{setting}` would be at its default instead of {from}: `--set {setting}={from}` keeps it"
            ),
            (from, to) => {
                let or_default = |value: Option<String>| value.unwrap_or("its default".to_owned());
                let (from, to) = (or_default(from), or_default(to));
                format!("the setting `{setting}` would be {to} instead of {from}")
            }
        };
        terminal.line(&on_one_line(&line));
    }
}

/// The orders that would be left under older versions.
fn left(preview: &Preview, terminal: &mut Terminal) {
    if preview.left.is_empty() {
        return;
    }
    let rows = preview.left.iter().flat_map(|left| {
        left.statuses.iter().map(|status| {
            [
                left.version.to_string(),
                short(&left.deployment),
                status.status.clone(),
                status.orders.to_string(),
                status.stranded.map_or("is there", becomes).to_owned(),
            ]
        })
    });
    let header = [
        "version",
        "deployment",
        "status",
        "under way",
        "in the new version",
    ];
    let text = table::plain(header, rows, terminal.width());
    terminal.print(&format!("\n{text}"));
    let statuses = preview.left.iter().flat_map(|left| &left.statuses);
    let lost = statuses.filter(|status| status.stranded.is_some());
    let lost: BTreeSet<String> = lost.map(|lost| format!("`{}`", lost.status)).collect();
    let all: u64 = preview.left.iter().map(|left| left.under_way).sum();
    let lost: Vec<String> = lost.into_iter().collect();
    let stand = match lost.is_empty() {
        true => String::new(),
        false => format!(
            ", which must say where those in {} come to stand",
            lost.join(", ")
        ),
    };
    let stay = match all {
        1 => "1 order under way stays under the version that it was made under".to_owned(),
        all => format!("{all} orders under way stay under the version that they were made under"),
    };
    terminal.line(&on_one_line(&format!(
        "{stay}; `flagstate orders migrate` brings over what is left by a migration file{stand}. With `--dry-run` it \
         tells what more is to be said"
    )));
    let stuck: u64 = preview.left.iter().map(|left| left.stuck).sum();
    if stuck > 0 {
        let orders = count(stuck, "order");
        terminal.line(&format!(
            "{orders} cannot go on: `flagstate orders query --stuck` tells why, and nothing is brought over before \
             `flagstate orders resume`"
        ));
    }
}

/// What a status is in the new version.
fn becomes(why: Why) -> &'static str {
    match why {
        Why::Gone => "is gone",
        Why::Incomplete => "is not complete",
        Why::CutOff => "comes to no end",
    }
}

impl Place {
    /// The store to read, or nothing in its place where there is none yet; or the server.
    fn reach_if_there(&self) -> Result<Reach, CliError> {
        if store::is_server(&self.store) {
            return Reach::server(self);
        }
        let there = store::open_if_there(&self.store)?;
        let nothing = || Engine::new(Box::new(Memory::default()) as Box<_>);
        Ok(Reach::Store(Box::new(there.unwrap_or_else(nothing))))
    }
}
