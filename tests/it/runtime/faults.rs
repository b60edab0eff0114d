//! A disk that fails when it is told to, below what is tested: `faults.c`, preloaded into a process of its own.
//!
//! In: the name of a test, whose body runs in that process. Out: what it told, or that it cannot run here. It
//! needs Linux and a C compiler, as the bundled SQLite does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

/// What the files that fail have in their path.
pub(super) const FAULTY: &str = "faulty";

pub(super) const WRITE: u32 = 1;
pub(super) const SYNC: u32 = 2;
pub(super) const TRUNCATE: u32 = 4;
pub(super) const OPEN: u32 = 8;

pub(super) const EIO: u32 = 5;
pub(super) const ENOSPC: u32 = 28;
pub(super) const EROFS: u32 = 30;

/// How a call fails.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fault {
    /// Which calls are counted.
    pub(super) calls: u32,
    /// The number of the one that fails, from 1; 0 for none.
    pub(super) at: u32,
    pub(super) error: u32,
    /// Whether those behind it fail, too.
    pub(super) lasting: bool,
    /// Whether it writes half of what it was given, and the next one fails.
    pub(super) half: bool,
}

/// The numbers by which the calls of a process are told what to do.
#[derive(Debug)]
pub(super) struct Control(PathBuf);

impl Control {
    /// Those of a file.
    pub(super) fn at(file: &Path) -> Self {
        let control = Self(file.to_owned());
        fs::write(file, [0; 28]).unwrap();
        control
    }

    /// Those of this process, where it is one whose calls may fail.
    pub(super) fn here() -> Option<Self> {
        env::var_os("FAULTS_CONTROL").map(|file| Self(file.into()))
    }

    /// From now on. Nothing is counted yet. The file keeps its length, since it is mapped.
    pub(super) fn set(&self, fault: Fault) {
        let Fault {
            calls, at, error, ..
        } = fault;
        let (lasting, half) = (u32::from(fault.lasting), u32::from(fault.half));
        let numbers = [calls, at, error, lasting, half, 0, 0].map(u32::to_ne_bytes);
        let file = fs::OpenOptions::new().write(true).open(&self.0).unwrap();
        std::io::Write::write_all(&mut &file, numbers.as_flattened()).unwrap();
    }

    /// Nothing fails any more; what was counted stays.
    pub(super) fn lift(&self) {
        let file = fs::OpenOptions::new().write(true).open(&self.0).unwrap();
        std::io::Write::write_all(&mut &file, &[0; 8]).unwrap();
    }

    fn number(&self, place: usize) -> u32 {
        let bytes = fs::read(&self.0).unwrap();
        u32::from_ne_bytes(bytes[place * 4..][..4].try_into().unwrap())
    }

    /// How many calls were counted.
    pub(super) fn count(&self) -> u32 {
        self.number(5)
    }

    /// How many did not do what they were asked.
    pub(super) fn failed(&self) -> u32 {
        self.number(6)
    }
}

/// The library, or why there is none.
fn library() -> Result<&'static Path, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let build = || {
        if !cfg!(target_os = "linux") {
            return Err("calls can be made to fail on Linux alone".to_owned());
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let library = folder.join(format!("faults-{}.so", std::process::id()));
        let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
        let built = Command::new(compiler)
            .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1"])
            .arg("-o")
            .arg(&library)
            .args(["tests/it/runtime/faults.c", "-ldl"])
            .output()
            .map_err(|wrong| format!("no C compiler: {wrong}"))?;
        match built.status.success() {
            // One for all runs, in place at once for those that run beside this one.
            true => {
                let place = folder.join("faults.so");
                fs::rename(&library, &place).map_err(|wrong| wrong.to_string())?;
                Ok(place)
            }
            false => panic!("{}", String::from_utf8_lossy(&built.stderr)),
        }
    };
    BUILT.get_or_init(build).as_deref().map_err(Clone::clone)
}

/// Lets the calls of a process be told what to do with files that have a text in their path, where that can be.
pub(super) fn preload(command: &mut Command, text: &str, control: &Path) -> Result<(), String> {
    command
        .env("LD_PRELOAD", library()?)
        .env("FAULTS_PATH", text)
        .env("FAULTS_CONTROL", control);
    Ok(())
}

/// Runs a test of this binary in a process whose calls may fail for files that have a text in their path, and
/// tells what it told.
pub(super) fn within(test: &str, text: &str, about: &str) {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("control");
    Control::at(&control);
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    if let Err(why) = preload(&mut command, text, &control) {
        return crate::tell::skipped(&format!("{about}: {why}"));
    }
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{}\n{said}", ran.status);
    let told: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("TRIED: "))
        .collect();
    assert!(!told.is_empty(), "nothing was tried: {said}");
    told.into_iter().for_each(crate::tell::tried);
}
