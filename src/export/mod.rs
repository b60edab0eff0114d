//! Pictures and tables of a workflow.
//!
//! In: a compiled [`Workflow`](crate::graph::Workflow). Out: text for Graphviz, Mermaid, PlantUML and
//! programs (JSON), an SVG picture, and the state list as rows or Markdown. Every exporter draws from
//! the one [`Model`], so that they cannot disagree. Titles, guards and ids are data: whatever they
//! contain, the output parses as the same graph and runs nothing. Output is the same, byte for byte,
//! for the same workflow. Nothing here judges a workflow or touches the disk.

pub mod model;
mod text;
mod label;
mod alias;
mod json;
mod dot;
mod mermaid;
mod plantuml;
mod states;
mod guards;
pub mod rules;
mod statechart;
#[cfg(feature = "svg")]
mod svg;

pub use dot::{dot, dot_of};
pub use guards::{GuardRow, guards};
pub use json::{json, json_of};
pub use mermaid::{mermaid, mermaid_of};
pub use model::{Model, model};
pub use plantuml::plantuml;
pub use rules::RULES;
pub use statechart::{scxml, xstate};
pub use states::{StateRow, WayOut, markdown, states};
#[cfg(feature = "svg")]
pub use svg::{ExportError, Layout, MOST_LINES, MOST_STATES, Placed, Rect, layout, svg, svg_of};
