//! What the README shows is what happens, and what the walk through an upgrade shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};

use crate::cli::Place;

/// The fenced blocks of a language in the README, in order.
fn blocks(language: &str) -> Vec<String> {
    blocks_of("README.md", language)
}

/// The fenced blocks of a language in a file, in order.
fn blocks_of(file: &str, language: &str) -> Vec<String> {
    let readme = fs::read_to_string(file).unwrap();
    let mut found = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in readme.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info == language, String::new())),
            (Some(_), Some(_)) => {
                found.extend(open.take().filter(|(ours, _)| *ours).map(|(_, text)| text));
            }
            (Some((_, text)), None) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    found
}

/// Runs the command line and gives what it prints, trailing spaces aside.
fn flagstate(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    trimmed(&printed)
}

/// Without trailing spaces.
fn trimmed(printed: &str) -> String {
    printed
        .lines()
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect()
}

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let command = blocks("sh").remove(0);
    let arguments = command.trim().strip_prefix("cargo run -- ").unwrap();
    let printed = flagstate(&arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(blocks("text").remove(0), printed);
}

#[test]
fn the_small_workflow_is_clean() {
    let text = blocks("yaml").remove(0);
    let report = load(FileId(0), &SourceFile::new("README.md", text)).report;
    assert!(report.is_empty(), "{report:?}");
}

#[test]
fn the_small_tenant_of_the_small_workflow_is_clean() {
    let (base, tenant) = (blocks("yaml").remove(0), blocks("yaml").remove(1));
    let files = crate::tenant::Files::of(&[("shop.yaml", &base), ("north.yaml", &tenant)]);
    let (rules, report) = crate::tenant::raised(&files, "north.yaml");
    assert!(rules.is_empty(), "{report}");
}

#[test]
fn a_typo_in_the_small_workflow_is_answered_as_the_readme_shows() {
    let text = blocks("yaml").remove(0);
    let text = text.replacen("to: closed,", "to: closd,", 1);
    let text = text.replacen("order.paid == 0", "order.payd == 0", 1);
    let folder = std::env::temp_dir().join(format!("flagstate-readme-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("shop.yaml"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .args(["check", "shop.yaml"])
        .current_dir(&folder)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = trimmed(&printed);
    assert_eq!(blocks("text").remove(1), printed);
}

#[test]
fn the_picture_is_that_of_the_workflow() {
    let picture = fs::read_to_string("examples/sharefox/states.svg").unwrap();
    let drawn = flagstate(&["graph", "workflows/sharefox.yaml", "--format", "svg"]);
    let drawn = drawn.trim_end();
    assert!(
        picture.lines().map(str::trim_end).eq(drawn.lines()),
        "run: flagstate graph workflows/sharefox.yaml --format svg -o examples/sharefox/states.svg"
    );
}

/// Each block of a shell is one command, and the block after it is what it prints.
#[test]
fn every_command_of_the_upgrade_prints_what_is_shown() {
    let folder = "examples/upgrades/appxite";
    let readme = format!("{folder}/README.md");
    let (commands, shown) = (blocks_of(&readme, "sh"), blocks_of(&readme, "text"));
    assert_eq!(commands.len(), shown.len());
    let place = Place::copy_of(Path::new(folder), "upgrade-of-appxite");
    for (command, shown) in commands.iter().zip(shown) {
        let output = place.shell(command);
        let [printed, complained] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let said = trimmed(&(printed + &complained));
        assert_eq!(shown.trim_end(), said.trim_end(), "{command}");
    }
    for verb in ["upgrade", "check", "diff", "migrate"] {
        let begins = format!("flagstate {verb} ");
        assert!(commands.iter().any(|command| command.starts_with(&begins)));
    }
}

#[test]
fn the_orders_of_the_readme_are_kept_in_a_store() {
    let script = blocks("sh")
        .into_iter()
        .find(|text| text.contains("flagstate orders"));
    let folder = tempfile::tempdir().unwrap();
    let workflows = std::path::absolute("workflows").unwrap();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_flagstate"));
    let mut path = binary.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let script = script
        .unwrap()
        .replace("workflows/", &format!("{}/", workflows.display()));
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = printed.lines().collect();
    assert!(
        lines[2].starts_with("`o1` is in `booked` (version 2 of the order): contract=\"active\""),
        "{printed}"
    );
    assert_eq!(lines.last(), Some(&"as written: 1 order with 2 steps"));
}

#[cfg(feature = "serve")]
#[test]
fn the_orders_of_the_readme_are_served() {
    use crate::http::Server;

    if Command::new("curl").arg("--version").output().is_err() {
        crate::tell::skipped("the README's requests are not sent: there is no curl");
        return;
    }
    let script = blocks("sh")
        .into_iter()
        .find(|text| text.contains("curl"))
        .unwrap();
    let (deploy, rest) = script.split_once('\n').unwrap();
    let (serve, requests) = rest.split_once('\n').unwrap();
    assert_eq!(serve, "flagstate serve --store sqlite:orders.db &");
    let server = Server::start(&[]);
    let store = format!("sqlite:{}", server.store().display());
    let words = deploy.replace("sqlite:orders.db", &store);
    let words: Vec<&str> = words.split(' ').skip(1).collect();
    flagstate(&words);
    let requests = requests.replace("localhost:8080", server.address());
    let output = Command::new("sh").args(["-e", "-c", &requests]).output();
    let printed = String::from_utf8(output.unwrap().stdout).unwrap();
    // Each answer is an object, and they stand one behind the other.
    let answers = serde_json::Deserializer::from_str(&printed).into_iter::<serde_json::Value>();
    let answers: Vec<serde_json::Value> = answers.collect::<Result<_, _>>().unwrap();
    let statuses: Vec<&serde_json::Value> = answers.iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["in_cart", "booked", "booked"], "{printed}");
}

#[cfg(not(feature = "serve"))]
#[test]
fn a_program_without_the_server_says_how_to_build_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .args(["serve", "--store", "sqlite:orders.db"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--features serve"), "{told}");
}
