//! Suppression by comments.
