//! SCXML imported as workflow files.

mod suite;
