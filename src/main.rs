//! The `flagstate` command.
fn main() {}
