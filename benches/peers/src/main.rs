//! How long Flagstate takes beside other engines: `cargo run --release --manifest-path
//! benches/peers/Cargo.toml`. With `guards`, `steps` or `batches` behind it, only these.
//!
//! Every engine first proves that it gives the same answers. Figures are of this machine and of this
//! moment; what lasts is the ratios.

mod measure;
mod orders;
mod guards;
mod steps;
mod batches;

fn main() {
    let only = std::env::args().nth(1);
    let asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if asked("guards") {
        guards::print();
    }
    if asked("steps") {
        steps::print();
    }
    if asked("batches") {
        batches::print();
    }
}
