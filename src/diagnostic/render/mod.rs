//! Renderings of a report.
