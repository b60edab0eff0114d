//! YAML as written.
mod expression;
pub use expression::Expression;
