//! The rules that reading a file raises; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// The text is no YAML.
    YAML_SYNTAX = "yaml-syntax",
    /// The file holds nothing.
    EMPTY_FILE = "empty-file",
    /// The file holds more than one document.
    SEVERAL_DOCUMENTS = "several-documents",
    /// A tag such as `!!str`.
    YAML_TAG = "yaml-tag",
    /// An anchor, an alias or a merge key.
    YAML_ANCHOR = "yaml-anchor",
    /// A key stands twice in one mapping.
    DUPLICATE_KEY = "duplicate-key",
    /// A key that the format does not know.
    UNKNOWN_KEY = "unknown-key",
    /// A key that must be there is not.
    MISSING_KEY = "missing-key",
    /// A value of another kind than the key takes.
    WRONG_TYPE = "wrong-type",
    /// A word that is none of those a key takes.
    UNKNOWN_WORD = "unknown-word",
    /// An id that may not be used.
    BAD_ID = "bad-id",
    /// YAML swallowed a guard.
    UNQUOTED_GUARD = "unquoted-guard",
    /// A key that may not stand beside another.
    MISPLACED_KEY = "misplaced-key",
    /// The file is nested too deeply.
    TOO_DEEP = "too-deep",
    /// The file is too large.
    TOO_LARGE = "too-large",
    /// The file is one of another kind than is read.
    OTHER_KIND_OF_FILE = "other-kind-of-file",
    /// The file is of a format version that is not read.
    UNSUPPORTED_VERSION = "unsupported-version",
}
