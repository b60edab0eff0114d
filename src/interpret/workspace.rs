//! The memory that steps are made in.
//!
//! In: an order as it stood before a call. Out: a [`Slot`] for each step, and once they are made the order
//! after them and their records. What a step does is done in a slot, so that where it fails, nothing has
//! happened. A workspace that is used again allocates only for what is larger than before, and for what few steps
//! have: values that events bring, events that wait or are raised, timers that fired, pasts.

use crate::instance::{Instance, StepRecord};

/// What the steps of one call have made.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// The order after the last step, and where the next one is made; they take turns.
    orders: [Option<Instance>; 2],
    /// Which of the two is the order after the last step, if one was made in this call.
    after: Option<Turn>,
    records: Vec<StepRecord>,
    written: usize,
}

#[derive(Debug, Clone, Copy)]
enum Turn {
    First,
    Second,
}

/// Where a step is made: an order and a record that are written over.
pub(super) struct Slot<'s> {
    order: &'s mut Option<Instance>,
    pub(super) record: &'s mut StepRecord,
}

impl Workspace {
    /// Begins a call: nothing was made yet.
    pub(super) fn begin(&mut self) {
        self.after = None;
        self.written = 0;
    }

    /// The order as it stands; `instance` is what it was before the call.
    pub(super) fn latest<'a>(&'a self, instance: &'a Instance) -> &'a Instance {
        let [first, second] = &self.orders;
        let after = match self.after {
            None => None,
            Some(Turn::First) => first.as_ref(),
            Some(Turn::Second) => second.as_ref(),
        };
        after.unwrap_or(instance)
    }

    /// The order as it stands, and where its next step is made.
    pub(super) fn next<'a>(&'a mut self, instance: &'a Instance) -> (&'a Instance, Slot<'a>) {
        let record = blank(&mut self.records, self.written);
        let [first, second] = &mut self.orders;
        let (after, order) = match self.after {
            None => (None, first),
            Some(Turn::First) => (first.as_ref(), second),
            Some(Turn::Second) => (second.as_ref(), first),
        };
        (after.unwrap_or(instance), Slot { order, record })
    }

    /// Keeps the step that was made in the last slot.
    pub(super) fn keep(&mut self) {
        self.after = Some(match self.after {
            Some(Turn::First) => Turn::Second,
            None | Some(Turn::Second) => Turn::First,
        });
        self.keep_record();
    }

    /// Keeps the record that was made in the last slot, of a hop: that is carried out on the order itself.
    pub(super) fn keep_record(&mut self) {
        self.written += 1;
    }

    /// What was made.
    pub(super) fn records(&self) -> &[StepRecord] {
        self.records.get(..self.written).unwrap_or_default()
    }

    /// Puts the order after the steps into the place of the order before, whose memory is used again.
    pub(super) fn hand_over(&mut self, order: &mut Instance) {
        if let Some(after) = self.order_after() {
            std::mem::swap(after, order);
        }
    }

    /// The order after, where a step was made in a slot, and the records.
    pub(super) fn into_parts(mut self) -> (Option<Instance>, Vec<StepRecord>) {
        self.records.truncate(self.written);
        let [first, second] = self.orders;
        let after = match self.after {
            None => None,
            Some(Turn::First) => first,
            Some(Turn::Second) => second,
        };
        (after, self.records)
    }

    fn order_after(&mut self) -> Option<&mut Instance> {
        let [first, second] = &mut self.orders;
        match self.after? {
            Turn::First => first.as_mut(),
            Turn::Second => second.as_mut(),
        }
    }
}

/// The record behind those that are written.
#[expect(
    clippy::indexing_slicing,
    reason = "one is pushed where there is none; never are more written than there are"
)]
fn blank(records: &mut Vec<StepRecord>, written: usize) -> &mut StepRecord {
    if records.is_empty() {
        // Most calls make one step.
        records.reserve_exact(1);
    }
    if records.len() <= written {
        records.push(StepRecord::blank());
    }
    let record = &mut records[written];
    record.clear();
    record
}

impl<'s> Slot<'s> {
    /// The same slot, for a step that may be made anew.
    pub(super) fn again(&mut self) -> Slot<'_> {
        Slot {
            order: self.order,
            record: self.record,
        }
    }

    /// A copy of an order, and the record of what is done to it.
    pub(super) fn copy_of(self, before: &Instance) -> (&'s mut Instance, &'s mut StepRecord) {
        let order = match self.order {
            Some(order) => {
                order.clone_from(before);
                order
            }
            none => none.insert(before.clone()),
        };
        (order, self.record)
    }
}
