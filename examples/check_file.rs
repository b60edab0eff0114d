//! Checks workflow files and prints what was found: `cargo run --example check_file FILE…`.
use flagstate::diagnostic::render::{Options, render};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile, SourceMap};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let source = SourceFile::new(path.clone(), std::fs::read_to_string(&path)?);
        let loaded = load(FileId(0), &source);
        let sources = SourceMap::single(source);
        #[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
        {
            print!("{}", render(&loaded.report, &sources, &Options::default()));
        }
    }
    Ok(())
}
