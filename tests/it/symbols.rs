//! Names of workflow files: all places of each are known, and no others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flagstate::load::{Loaded, load};
use flagstate::migrate;
use flagstate::parse::parse;
use flagstate::scenario;
use flagstate::source::{FileId, SourceFile, Span, Spanned};
use flagstate::symbols::{Kind, Symbol, Symbols};

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => yaml_files(&path, found),
            false if path.extension().is_some_and(|it| it == "yaml") => found.push(path),
            false => {}
        }
    }
}

/// Every workflow file of ours that stands alone and has no error.
pub(crate) fn workflows() -> Vec<SourceFile> {
    let mut paths = Vec::new();
    for folder in ["workflows", "examples", "tests/cases"] {
        yaml_files(Path::new(folder), &mut paths);
    }
    let sources = paths.iter().filter_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        Some(SourceFile::new(path.to_string_lossy(), text))
    });
    let sound = |source: &SourceFile| {
        let is_one = parse(FileId(0), source).document.is_some();
        is_one && source.text().contains("flagstate: 1") && !loaded(source).report.has_errors()
    };
    sources.filter(sound).collect()
}

fn loaded(source: &SourceFile) -> Loaded {
    load(FileId(0), source)
}

pub(crate) fn symbols(source: &SourceFile) -> Symbols {
    let parsed = parse(FileId(0), source);
    Symbols::of(&parsed.document.expect("a document"))
}

/// The text of a file, with another name at all places in it of some symbols of one name.
fn renamed(file: FileId, source: &SourceFile, symbols: &[&Symbol]) -> SourceFile {
    let mut text = source.text().to_owned();
    let places = symbols.iter().flat_map(|symbol| symbol.places());
    let mut places: Vec<Span> = places.filter(|span| span.file == file).collect();
    places.sort_unstable();
    places.dedup();
    for place in places.iter().rev() {
        let old = source.slice(*place);
        assert_eq!(old, symbols[0].name(), "{}: {symbols:?}", source.name());
        text.replace_range(place.start as usize..place.end as usize, "another_name");
    }
    SourceFile::new(source.name(), text)
}

/// What the checks find, without words: names stand in them. Titles are made of names where none is written.
fn found(source: &SourceFile) -> Vec<(&'static str, usize)> {
    let report = loaded(source).report;
    let found = report.iter().map(|found| {
        let at = source.position(found.primary.span.start);
        (found.rule.id, at.line)
    });
    let mut found: Vec<_> = found.filter(|(rule, _)| *rule != "same-title").collect();
    found.sort_unstable();
    found
}

/// Any name can be written otherwise wherever it stands, and the checks find what they found before.
#[test]
fn every_place_of_a_name_is_known_and_no_other() {
    let mut kinds: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for source in workflows() {
        let before = found(&source);
        let symbols = symbols(&source);
        // The built-in setting has its name from us.
        for symbol in symbols.iter().filter(|symbol| symbol.path != "timezone") {
            let after = found(&renamed(FileId(0), &source, &[symbol]));
            let name = source.name();
            assert_eq!(before, after, "{name}: {symbol:?}");
            let (names, uses) = kinds.entry(symbol.kind).or_default();
            *names += 1;
            *uses += symbol.uses.len();
        }
    }
    for (kind, (names, uses)) in &kinds {
        crate::tell::tried(&format!("{names} × {}, used {uses} times", kind.word()));
    }
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}

/// Workflows with their scenario files, of which no promise is broken.
pub(crate) fn promises() -> Vec<(SourceFile, SourceFile)> {
    let mut paths = Vec::new();
    for folder in ["workflows", "tests/cases/scenario"] {
        yaml_files(Path::new(folder), &mut paths);
    }
    let read = |path: &Path| {
        let text = fs::read_to_string(path).ok()?;
        Some(SourceFile::new(path.to_string_lossy(), text))
    };
    let pairs = paths.iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".scenario.yaml")?;
        let scenarios = read(path)?;
        let (file, _) = scenario::read(FileId(1), &scenarios);
        let named = file?.workflow.map(|named| named.value);
        let workflow = named.unwrap_or_else(|| format!("{name}.yaml"));
        // Cases are of the one workflow beside them.
        let beside = [workflow, "workflow.yaml".to_owned()];
        let mut beside = beside
            .iter()
            .filter_map(|name| read(&path.with_file_name(name)));
        Some((beside.next()?, scenarios))
    });
    let sound = |(workflow, scenarios): &(SourceFile, SourceFile)| {
        kept(workflow, scenarios, true) == Some(0)
    };
    pairs.filter(sound).collect()
}

/// How many findings there are of a scenario file, of its stories only where they are run.
fn kept(workflow: &SourceFile, scenarios: &SourceFile, run: bool) -> Option<usize> {
    let workflow = loaded(workflow).runnable().ok()?;
    let (file, report) = scenario::read(FileId(1), scenarios);
    let file = file?;
    let found = match run {
        true => {
            let ran = scenario::run(&workflow, &file).report();
            // Refusals tell names, and what is expected of them is a text; titles are made of names.
            let texts = ["the refusal does not say", "title"];
            let told = |message: &str| texts.iter().any(|text| message.contains(text));
            ran.iter().filter(|found| !told(&found.message)).count()
        }
        false => scenario::check(&workflow, &file, &report).len(),
    };
    Some(report.len() + found)
}

/// A name that is written otherwise in the workflow and in its scenarios leaves every promise kept.
#[test]
fn every_place_of_a_name_in_scenarios_is_known() {
    let (mut names, mut uses) = (0, 0);
    for (workflow, scenarios) in promises() {
        let mut symbols = symbols(&workflow);
        let (file, _) = scenario::read(FileId(1), &scenarios);
        scenario::uses(&file.expect("a file"), &mut symbols);
        for symbol in symbols.iter().filter(|symbol| symbol.path != "timezone") {
            let workflow = renamed(FileId(0), &workflow, &[symbol]);
            let promised = renamed(FileId(1), &scenarios, &[symbol]);
            let there = symbol.uses.iter();
            uses += there.filter(|span| span.file == FileId(1)).count();
            let name = scenarios.name();
            // To run all of them takes long; where a name is not known is found without.
            let run = names % 7 == 0;
            let kept = kept(&workflow, &promised, run);
            assert_eq!(kept, Some(0), "{name}: {symbol:?}");
            names += 1;
        }
    }
    crate::tell::tried(&format!("{names} names, used {uses} times in scenarios"));
    assert!(uses > 1_000, "{uses}");
}

/// Two versions with a migration file: the old one, the new one and the file, by their numbers.
pub(crate) type Move = [SourceFile; 3];

/// Our migration files.
pub(crate) fn moves() -> Vec<Move> {
    let mut paths = Vec::new();
    for folder in [
        "examples/upgrades",
        "tests/cases/migrate",
        "tests/cases/lsp/plans",
    ] {
        yaml_files(Path::new(folder), &mut paths);
    }
    let read = |path: &Path| {
        let text = fs::read_to_string(path).ok()?;
        Some(SourceFile::new(path.to_string_lossy(), text))
    };
    let moves = paths.iter().filter_map(|path| {
        let plan = read(path).filter(|plan| plan.text().contains("flagstate_migration"))?;
        let file = migrate::read(FileId(2), &plan).0?;
        let version = |named: Option<Spanned<String>>, beside: &str| {
            let name = named.map_or(beside.to_owned(), |named| named.value);
            read(&path.with_file_name(name))
        };
        Some([
            version(file.from.file, "old.yaml")?,
            version(file.to.file, "new.yaml")?,
            plan,
        ])
    });
    moves.collect()
}

/// What is found about a migration file, by rule.
fn found_of_move([old, new, plan]: &Move) -> Option<Vec<&'static str>> {
    let (old, new) = (loaded(old).runnable().ok()?, loaded(new).runnable().ok()?);
    let (file, mut report) = migrate::read(FileId(2), plan);
    report.extend(migrate::check(&file?, &old, &new).1);
    let mut rules: Vec<&'static str> = report.iter().map(|found| found.rule.id).collect();
    rules.sort_unstable();
    Some(rules)
}

/// A name that is written otherwise in both versions and in the migration file leaves what is found about it.
#[test]
fn every_place_of_a_name_in_migration_files_is_known() {
    let (mut names, mut uses) = (0, 0);
    for files in moves() {
        let [old, new, plan] = &files;
        let before = found_of_move(&files);
        // What a misspelt name is taken for depends on how the others are spelt.
        if before
            .iter()
            .flatten()
            .any(|rule| *rule == "unknown-in-plan")
        {
            continue;
        }
        let symbols = |file, source| Symbols::of(&parse(FileId(file), source).document.unwrap());
        let (mut from, mut to) = (symbols(0, old), symbols(1, new));
        let (file, _) = migrate::read(FileId(2), plan);
        migrate::uses(&file.expect("a file"), &mut from, &mut to);
        let only_new = to
            .iter()
            .filter(|symbol| from.get(symbol.kind, &symbol.path).is_none());
        for symbol in from
            .iter()
            .chain(only_new)
            .filter(|symbol| symbol.path != "timezone")
        {
            // A timer goes on as that of its name, whatever its state is called.
            let is_it = |other: &&Symbol| match symbol.kind {
                Kind::Timer => other.kind == Kind::Timer && other.name() == symbol.name(),
                kind => other.kind == kind && other.path == symbol.path,
            };
            let both: Vec<&Symbol> = from.iter().chain(&to).filter(is_it).collect();
            let after = [(0, old), (1, new), (2, plan)];
            let after = after.map(|(file, source)| renamed(FileId(file), source, &both));
            let name = plan.name();
            assert_eq!(found_of_move(&after), before, "{name}: {symbol:?}");
            names += 1;
            let there = both.iter().flat_map(|symbol| &symbol.uses);
            uses += there.filter(|span| span.file == FileId(2)).count();
        }
    }
    crate::tell::tried(&format!(
        "{names} names, used {uses} times in migration files"
    ));
    assert!(uses > 50, "{uses}");
}
