//! Names of workflow files: all places of each are known, and no others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flagstate::load::{Loaded, load};
use flagstate::parse::parse;
use flagstate::scenario;
use flagstate::source::{FileId, SourceFile, Span};
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
fn workflows() -> Vec<SourceFile> {
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

fn symbols(source: &SourceFile) -> Symbols {
    let parsed = parse(FileId(0), source);
    Symbols::of(&parsed.document.expect("a document"))
}

fn with_another_name(source: &SourceFile, symbol: &Symbol, name: &str) -> SourceFile {
    let mut text = source.text().to_owned();
    let mut places: Vec<Span> = symbol.places().collect();
    places.sort_unstable();
    places.dedup();
    for place in places.iter().rev() {
        let old = source.slice(*place);
        assert_eq!(old, symbol.name(), "{}: {symbol:?}", source.name());
        text.replace_range(place.start as usize..place.end as usize, name);
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
            let renamed = with_another_name(&source, symbol, "another_name");
            let after = found(&renamed);
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
fn promises() -> Vec<(SourceFile, SourceFile)> {
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
            let within = |file| {
                let mut symbol = symbol.clone();
                symbol.uses.retain(|span| span.file == FileId(file));
                symbol
            };
            let (here, mut there) = (within(0), within(1));
            let renamed = with_another_name(&workflow, &here, "another_name");
            uses += there.uses.len();
            if let Some(first) = there.uses.pop() {
                there.declared = first;
            }
            let promised = match there.declared.file {
                FileId(1) => with_another_name(&scenarios, &there, "another_name"),
                _ => scenarios.clone(),
            };
            let name = scenarios.name();
            // To run all of them takes long; where a name is not known is found without.
            let run = names % 7 == 0;
            let kept = kept(&renamed, &promised, run);
            assert_eq!(kept, Some(0), "{name}: {symbol:?}");
            names += 1;
        }
    }
    crate::tell::tried(&format!("{names} names, used {uses} times in scenarios"));
    assert!(uses > 1_000, "{uses}");
}
