//! The keys of every type of the document, and how each value is read; one file for each area.

mod order;
mod rows;
mod state;
mod tenant;
mod transition;
mod workflow;

use std::collections::BTreeMap;

use super::decode::Record;
use crate::document::{
    Attribute, Automatic, Branch, ChildSet, Choose, Complement, Declaration, Defaults, Deprecated,
    Document, Enter, Event, Exit, Field, Flag, Group, GuardedDeed, HistoryTarget, InitialBranch,
    Mandatory, Move, NamedGuard, PayloadField, RaisedEvent, Setting, Slot, StartWay, State, Tenant,
    Timer,
};

/// The keys that are read for each type of the document, by the type's name in the JSON Schema.
pub fn known_keys() -> BTreeMap<&'static str, Vec<&'static str>> {
    macro_rules! table {
        ($($type:ident)*) => { [$((stringify!($type), $type::keys())),*] };
    }
    BTreeMap::from(table![
        Attribute Automatic Branch ChildSet Choose Complement Declaration Defaults Deprecated Document Enter
        Event Exit Field Flag Group GuardedDeed HistoryTarget InitialBranch Mandatory Move NamedGuard PayloadField RaisedEvent
        Setting Slot StartWay State Tenant Timer
    ])
}
