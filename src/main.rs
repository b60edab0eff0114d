//! The `flagstate` binary: everything is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagstate::cli::main().into()
}
