//! The registry of checks: each is a file here, beside its page.

mod unreachable_state;
mod unreachable_final;
mod dead_end;
mod dead_end_by_settings;
mod no_way_to_end;
mod final_with_way_out;
mod immutable_with_way_out;
mod timer_on_final;
mod missing_mandatory_default;
mod inactive_mandatory_default;
mod empty_slot;
mod duplicate_slot;
mod duplicate_attribute;
mod missing_default_branch;
mod unreachable_branch;
mod shadowed_transition;
mod ambiguous_transitions;
mod guard_always_true;
mod guard_never_true;
mod overlapping_branches;
mod stuck_order;
mod stuck_regions;
mod cycle_of_automatic_transitions;
mod cycle_of_raised_events;
mod reserved_without_expiry;
mod useless_waiver;
mod timer_race;
mod timer_too_late;
mod timer_at_once;
mod raised_event_refused;
mod choice_without_caller;
mod revenue_without_contract;
mod flag_on_unreachable_state;
mod system_only_target;
mod unused_event;
mod unused_actor;
mod unused_setting;
mod unused_field;
mod personal_value_read;
mod unused_effect;
mod unused_guard;
mod unused_group;
mod unused_attribute;
mod unused_flag;
mod partition_gap;
mod partition_overlap;
mod transient_without_exit;
mod deprecated_entered;
mod inactive_entered;
mod same_title;
mod repeated_name;
mod untidy_title;
mod back_without_origin;
mod all_without_some;

use super::facts::Facts;
use crate::diagnostic::{Report, Rule};

macro_rules! registry {
    ($($check:ident)*) => {
        /// The rules of this pass.
        pub const RULES: &[&Rule] = &[$(&$check::RULE),*];

        /// The checks, in the order of their rules.
        pub(super) const CHECKS: &[fn(&Facts<'_>, &mut Report)] = &[$($check::check),*];
    };
}

registry! {
    unreachable_state
    unreachable_final
    dead_end
    dead_end_by_settings
    no_way_to_end
    final_with_way_out
    immutable_with_way_out
    timer_on_final
    missing_mandatory_default
    inactive_mandatory_default
    empty_slot
    duplicate_slot
    duplicate_attribute
    missing_default_branch
    unreachable_branch
    shadowed_transition
    ambiguous_transitions
    guard_always_true
    guard_never_true
    overlapping_branches
    stuck_order
    stuck_regions
    cycle_of_automatic_transitions
    cycle_of_raised_events
    reserved_without_expiry
    useless_waiver
    timer_race
    timer_too_late
    timer_at_once
    raised_event_refused
    choice_without_caller
    revenue_without_contract
    flag_on_unreachable_state
    system_only_target
    unused_event
    unused_actor
    unused_setting
    unused_field
    personal_value_read
    unused_effect
    unused_guard
    unused_group
    unused_attribute
    unused_flag
    partition_gap
    partition_overlap
    transient_without_exit
    deprecated_entered
    inactive_entered
    same_title
    repeated_name
    untidy_title
    back_without_origin
    all_without_some
}
