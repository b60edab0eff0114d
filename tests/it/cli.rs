//! The command line, as transcripts: each folder of `tests/cmd` holds a file `commands`, the files
//! they work on, and what they print.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Runs the commands of every case in a copy of its folder.
#[test]
fn every_command_prints_what_its_transcript_shows() {
    insta::glob!("..", "cmd/*/commands", |commands| {
        let case = commands.parent().expect("a folder");
        let name = case.file_name().expect("a name").to_string_lossy();
        let place = Place::copy_of(case, &name);
        let transcript = transcript(&fs::read_to_string(commands).expect("commands"), &place);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.set_description(name.replace('_', " "));
        settings.bind(|| insta::assert_snapshot!("transcript", transcript));
    });
}

/// A workflow whose orders move every second.
#[cfg(target_os = "linux")]
const BEAT: &str = "
flagstate: 1
workflow: beat
actors: [clerk]
initial: one
states:
  one: { timers: { beat: { after: 1s, to: two } } }
  two: { timers: { beat: { after: 1s, to: one } } }
  still: { final: true }
transitions:
  stop: { by: clerk, from: [one, two], to: still }
";

#[cfg(target_os = "linux")]
#[test]
fn a_long_work_shows_on_a_terminal_that_it_goes_on() {
    if Command::new("script").arg("--version").output().is_err() {
        crate::tell::skipped("how far a work is: there is no `script`, which lends a terminal");
        return;
    }
    let place = Place::copy_of(Path::new("tests/cmd/streams"), "terminal");
    fs::write(place.0.join("beat.yaml"), BEAT).expect("a file");
    let of = |what: &str| format!("flagstate orders {what} --store sqlite:orders.db");
    let told = |line: &str| {
        let Output { stdout, stderr, .. } = place.shell(line);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (text(stdout), text(stderr))
    };
    let on_a_terminal = |what: &str| {
        let line = format!("stty cols 100 rows 30; {}", of(what));
        told(&format!("TERM=xterm script -qec '{line}' /dev/null")).0
    };
    told(&of("deploy beat.yaml"));
    for order in ["o1", "o2"] {
        let create = of(&format!("create {order} --workflow beat"));
        told(&format!(
            "{create} --at $(date -u -d '6000 seconds ago' +%FT%TZ)"
        ));
    }
    let tick = on_a_terminal("tick");
    assert!(tick.contains(" steps, "), "{tick}");
    assert!(tick.contains("timers of 2 orders fired"), "{tick}");
    let verify = on_a_terminal("verify");
    assert!(verify.contains(" orders, "), "{verify}");
    assert!(verify.contains("as written: 2 orders with 1"), "{verify}");
    let (out, err) = told(&of("verify"));
    assert!(
        out.starts_with("as written") && err.is_empty(),
        "{out}{err}"
    );
}

/// A folder of its own outside the repository, so that no configuration or ignore file above it counts.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn copy_of(case: &Path, name: &str) -> Self {
        let unique = format!("flagstate-cmd-{}-{name}", std::process::id());
        let place = Self(env::temp_dir().join(unique));
        copy(case, &place.0);
        place
    }

    /// Runs a line in a shell, as a person would type it.
    pub(crate) fn shell(&self, line: &str) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_flagstate"));
        let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).current_dir(&self.0);
        shell.env_clear().env("PATH", path).env("HOME", &self.0);
        shell.output().expect("a shell")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left behind in the folder for temporary files harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false if entry.file_name() == "commands" => {}
            false if entry.file_name() == "transcript.snap" => {}
            false => drop(fs::copy(entry.path(), target).expect("a copy")),
        }
    }
}

/// The commands with what each of them printed, and its exit code where that is not 0.
fn transcript(commands: &str, place: &Place) -> String {
    let mut text = String::new();
    for line in commands.lines() {
        if line.is_empty() || line.starts_with('#') {
            writeln!(text, "{line}").expect("a string");
            continue;
        }
        let output = place.shell(line);
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        let complained = String::from_utf8(output.stderr).expect("UTF-8");
        writeln!(text, "$ {line}").expect("a string");
        text += &printed;
        if !printed.is_empty() && !printed.ends_with('\n') {
            text += "[no line end]\n";
        }
        if !complained.is_empty() {
            writeln!(text, "[stderr]\n{}", complained.trim_end()).expect("a string");
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(text, "[exit {code}]").expect("a string"),
            None => writeln!(text, "[killed]").expect("a string"),
        }
    }
    text.replace('\u{1b}', "\\e")
}

/// Compares a schema of the folder `schemas` with the one that the program prints.
fn check_schema(format: &str) {
    let path = format!("schemas/{format}.schema.json");
    let place = Place::copy_of(Path::new("schemas"), &format!("schema-{format}"));
    let output = place.shell(&format!("flagstate schema {format}"));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if printed != kept && env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, printed).expect("a written file");
        return;
    }
    assert!(
        printed == kept,
        "`{path}` is stale: UPDATE_SCHEMAS=1 cargo test writes it anew"
    );
}

#[test]
fn the_schema_of_workflows_is_current() {
    check_schema("workflow");
}

#[test]
fn the_schema_of_tenants_is_current() {
    check_schema("tenant");
}

#[test]
fn the_schema_of_scenarios_is_current() {
    check_schema("scenario");
}

#[test]
fn the_schema_of_migrations_is_current() {
    check_schema("migration");
}

#[test]
fn the_schema_of_orders_is_current() {
    check_schema("instance");
}

#[test]
fn the_schema_of_differences_is_current() {
    check_schema("difference");
}

#[test]
fn the_schema_of_accounts_is_current() {
    check_schema("migrated");
}

#[test]
fn the_schema_of_reports_is_current() {
    check_schema("report");
}
