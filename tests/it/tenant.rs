//! Tenants' files: what an override does, what it may not do, and where every value comes from.

mod defaults;
mod effective;
mod guards;
mod overrides;
mod seals;
mod shipped;
mod upgrades;

use std::path::{Path, PathBuf};

use flagstate::diagnostic::render::{Options, render};
use flagstate::load::Library;
use flagstate::source::{SourceError, SourceFile, Sources};

/// The files of one folder, and no others.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Sources for Folder {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        match std::fs::read_to_string(self.0.join(path)) {
            Ok(text) => Ok(SourceFile::new(path, text)),
            Err(_) => Err(SourceError::Missing),
        }
    }
}

/// Files that are held in memory, by name.
pub(crate) struct Files(pub(crate) Vec<SourceFile>);

impl Files {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(name, text)| SourceFile::new(*name, *text));
        Self(files.collect())
    }
}

impl Sources for Files {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        let found = self.0.iter().find(|file| file.name() == path);
        found.cloned().ok_or(SourceError::Missing)
    }
}

/// The rules that a tenant's file raises, and the report as people read it.
pub(crate) fn raised(sources: &(dyn Sources + Sync), tenant: &str) -> (Vec<&'static str>, String) {
    let mut library = Library::new(sources);
    let file = library.open(tenant).expect("a file");
    let report = library.load(file).report;
    let rules = report.iter().map(|found| found.rule.id).collect();
    (rules, render(&report, library.files(), &Options::default()))
}

#[test]
fn each_case_is_answered_as_its_snapshot_says() {
    insta::glob!("../cases/tenant", "*/tenant.yaml", |path| {
        let folder = path.parent().expect("a folder");
        let (_, report) = raised(&Folder(folder.to_owned()), "tenant.yaml");
        snapshot(folder, "report", &report);
    });
}

#[test]
fn what_a_tenant_overrides_is_listed_with_both_sides() {
    let folder = Path::new("tests/cases/tenant/everything");
    let files = Folder(folder.to_owned());
    let mut library = Library::new(&files);
    let file = library.open("tenant.yaml").expect("a file");
    let effective = library.effective(file);
    let lines = effective.overrides().iter().map(|done| {
        let line = |span: flagstate::source::Span| {
            let source = library.files().get(span.file).expect("a file");
            format!("{}:{}", source.name(), source.position(span.start).line)
        };
        format!(
            "{} {} | {} -> {} | {} | {}\n",
            done.verb.as_str(),
            done.path.join("."),
            done.from.as_deref().unwrap_or("-"),
            done.to.as_deref().unwrap_or("-"),
            line(done.place),
            done.base.map_or("-".to_owned(), line)
        )
    });
    let folder = std::fs::canonicalize(folder).expect("the folder");
    snapshot(&folder, "overrides", &lines.collect::<String>());
    snapshot(&folder, "effective", &effective.yaml(library.files()));
}

/// A snapshot beside the case.
fn snapshot(folder: &Path, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_suffix("");
    settings.set_omit_expression(true);
    settings.remove_input_file();
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_base_is_read_once_and_its_findings_are_its_own() {
    struct Counted(Files, std::sync::atomic::AtomicUsize);
    impl Sources for Counted {
        fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
            if path == "base.yaml" {
                self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            self.0.read(path)
        }
    }
    // The base has a warning of its own: nobody uses `spare`.
    let base = "flagstate: 1\nworkflow: shop\nactors: [clerk, spare]\ninitial: open\nstates:\n  open:\n  \
                done: { final: true }\ntransitions:\n  close: { by: clerk, from: open, to: done }\n";
    let tenant = |title: &str| {
        format!(
            "flagstate: 1\nworkflow: north\nextends: base.yaml\nchange:\n  states: {{ open: {{ title: {title} }} }}\n"
        )
    };
    let (one, two) = (tenant("Begun"), tenant("Started"));
    let files = Files::of(&[("base.yaml", base), ("one.yaml", &one), ("two.yaml", &two)]);
    let counted = Counted(files, Default::default());
    let mut library = Library::new(&counted);
    let opened = ["base.yaml", "one.yaml", "two.yaml"].map(|name| library.open(name).expect(name));
    let raised = opened.map(|file| {
        let report = library.load(file).report;
        report.iter().map(|found| found.rule.id).collect::<Vec<_>>()
    });
    assert_eq!(raised, [vec!["unused-actor"], vec![], vec![]]);
    assert_eq!(counted.1.into_inner(), 1);
}

#[test]
fn references_stay_within_the_root() {
    use flagstate::source::beside;
    let cases = [
        ("a/b/c.yaml", "../base.yaml", Some("a/base.yaml")),
        ("a/b/c.yaml", "./x/../base.yaml", Some("a/b/base.yaml")),
        ("c.yaml", "base.yaml", Some("base.yaml")),
        ("./c.yaml", "base.yaml", Some("base.yaml")),
        ("c.yaml", "../base.yaml", None),
        ("a/c.yaml", "../../base.yaml", None),
        ("a/c.yaml", "x/../../../a/base.yaml", None),
        ("a/c.yaml", "/base.yaml", None),
        ("a/c.yaml", "C:\\base.yaml", None),
        ("a/c.yaml", "..\\base.yaml", None),
        ("../c.yaml", "../base.yaml", None),
    ];
    for (from, reference, expected) in cases {
        assert_eq!(
            beside(from, reference).as_deref(),
            expected,
            "{from} {reference}"
        );
    }
}
