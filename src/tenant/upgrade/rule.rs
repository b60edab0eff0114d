//! The rule about upgrades; its page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// A tenant overrides what the new edition of its base changes.
    UPGRADE_COLLISION = "upgrade-collision",
}
