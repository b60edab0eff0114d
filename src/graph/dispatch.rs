//! Which transitions a state has for a trigger: one look-up.
//!
//! In: the compiled transitions, the same ones that are drawn on the petgraph graph. Out: a table of
//! states and triggers, each cell naming its transitions in document order. The table is dense where it
//! stays small, else each state lists the triggers that it knows.

use super::{EventId, Id, Row, RowId, State, StateId, Table, Transition, TransitionId, Trigger};

/// The most cells of a dense table.
const DENSE: usize = 1 << 20;

/// Transitions by state and trigger.
#[derive(Debug, Clone, Default)]
pub struct Dispatch {
    cells: Cells,
    /// Cells name runs of this.
    transitions: Vec<TransitionId>,
    /// The column of automatic transitions; events stand before it.
    always: u32,
}

/// From where to where a run goes.
type Run = (u32, u32);

#[derive(Debug, Clone)]
enum Cells {
    Dense {
        columns: usize,
        runs: Vec<Run>,
    },
    /// By state: columns with their runs, ascending.
    Sparse(Vec<Vec<(u32, Run)>>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Sparse(Vec::new())
    }
}

impl Dispatch {
    /// The table of a workflow with so many events.
    pub fn new(
        states: &Table<StateId, State>,
        rows: &Table<RowId, Row>,
        transitions: &Table<TransitionId, Transition>,
        events: usize,
    ) -> Self {
        let columns = events + 1;
        let cells = states.len().checked_mul(columns);
        let mut table = Self {
            cells: match cells.filter(|size| *size <= DENSE) {
                Some(size) => Cells::Dense {
                    columns,
                    runs: vec![(0, 0); size],
                },
                None => Cells::Sparse(Vec::with_capacity(states.len())),
            },
            transitions: Vec::with_capacity(transitions.len()),
            always: u32::try_from(events).unwrap_or(u32::MAX),
        };
        let mut outgoing: Vec<(u32, TransitionId)> = Vec::new();
        for state in states.rows() {
            outgoing.clear();
            outgoing.extend(state.outgoing.iter().filter_map(|&id| {
                let trigger = rows.at(transitions.at(id).row).trigger;
                Some((table.column(trigger)?, id))
            }));
            outgoing.sort_by_key(|(column, _)| *column);
            table.add(state.id, &outgoing);
        }
        table
    }

    /// The transitions of a state for a trigger, in document order. Timers are not among the triggers:
    /// each has a row of its own.
    #[inline]
    pub fn transitions(&self, state: StateId, trigger: Trigger) -> &[TransitionId] {
        let run = self.column(trigger).and_then(|column| match &self.cells {
            Cells::Dense { columns, runs } => {
                let cell = state.index() * columns + column as usize;
                runs.get(cell).copied()
            }
            Cells::Sparse(states) => {
                let known = states.get(state.index())?;
                let found = known.binary_search_by_key(&column, |(column, _)| *column);
                found.ok().and_then(|at| known.get(at)).map(|(_, run)| *run)
            }
        });
        let (start, end) = run.unwrap_or_default();
        let run = self.transitions.get(start as usize..end as usize);
        run.unwrap_or_default()
    }

    #[inline]
    fn column(&self, trigger: Trigger) -> Option<u32> {
        match trigger {
            Trigger::Event(event) => Some(column_of(event)).filter(|column| *column < self.always),
            Trigger::Always => Some(self.always),
            Trigger::Timer(_) => None,
        }
    }

    /// Writes the transitions of the next state down, sorted by column, and names the run of each column.
    fn add(&mut self, state: StateId, outgoing: &[(u32, TransitionId)]) {
        let runs = outgoing.chunk_by(|a, b| a.0 == b.0).filter_map(|run| {
            let column = run.first()?.0;
            let start = place(&self.transitions);
            self.transitions.extend(run.iter().map(|(_, id)| *id));
            Some((column, (start, place(&self.transitions))))
        });
        match &mut self.cells {
            Cells::Sparse(states) => states.push(runs.collect()),
            Cells::Dense {
                columns,
                runs: cells,
            } => {
                for (column, run) in runs {
                    if let Some(cell) = cells.get_mut(state.index() * *columns + column as usize) {
                        *cell = run;
                    }
                }
            }
        }
    }
}

fn place(transitions: &[TransitionId]) -> u32 {
    u32::try_from(transitions.len()).unwrap_or(u32::MAX)
}

fn column_of(event: EventId) -> u32 {
    u32::try_from(event.index()).unwrap_or(u32::MAX)
}
