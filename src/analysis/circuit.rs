//! Gates over a SAT solver.
//!
//! In: literals. Out: literals that stand for their "and", "or" and so on, and whether all that was
//! required can hold together. Constants are folded and equal gates are made once. Every search is
//! bounded by a number of conflicts, never by time, so that it says the same on every machine. The model
//! that was found last is kept, gates that are made later included: what it answers is not searched for.

use std::collections::BTreeMap;

use batsat::{Callbacks, ClauseKind, Lit, Solver, SolverInterface, SolverOpts, lbool};

/// The most conflicts of one search.
const MOST_CONFLICTS: u64 = 20_000;

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// There is a model.
    Model,
    /// There is none: a proof.
    Nothing,
    /// The search was too long.
    GaveUp,
}

/// Gates, and the solver that knows what they mean.
pub(super) struct Circuit {
    solver: Solver<Effort>,
    yes: Lit,
    ands: BTreeMap<(Lit, Lit), Lit>,
    unequal: BTreeMap<(Lit, Lit), Lit>,
    choices: BTreeMap<(Lit, Lit, Lit), Lit>,
    searched: u64,
    /// The model that was found last, by variable; it may say nothing about later ones.
    model: Vec<Option<bool>>,
    /// Whether there is one, and it meets all that was required.
    fits: bool,
}

/// Counts conflicts and stops a search that has too many.
#[derive(Default)]
struct Effort {
    conflicts: u64,
    most: u64,
}

impl Callbacks for Effort {
    fn on_new_clause(&mut self, _: &[Lit], _: ClauseKind) {
        self.conflicts += 1;
    }

    fn stop(&self) -> bool {
        self.conflicts >= self.most
    }
}

impl Circuit {
    pub(super) fn new() -> Self {
        let mut solver = Solver::new(SolverOpts::default(), Effort::default());
        let yes = Lit::new(solver.new_var_default(), true);
        solver.add_clause_reuse(&mut vec![yes]);
        Self {
            solver,
            yes,
            ands: BTreeMap::new(),
            unequal: BTreeMap::new(),
            choices: BTreeMap::new(),
            searched: 0,
            model: vec![Some(true)],
            fits: false,
        }
    }

    /// The literal that always holds.
    pub(super) fn yes(&self) -> Lit {
        self.yes
    }

    /// The literal that never holds.
    pub(super) fn no(&self) -> Lit {
        !self.yes
    }

    /// The literal of a constant.
    pub(super) fn constant(&self, value: bool) -> Lit {
        self.yes.apply_sign(value)
    }

    /// A literal of which nothing is known.
    pub(super) fn fresh(&mut self) -> Lit {
        self.gate(None)
    }

    /// A literal with its value in the model.
    fn gate(&mut self, value: Option<bool>) -> Lit {
        self.model.push(value);
        Lit::new(self.solver.new_var_default(), true)
    }

    /// How much was built and searched so far.
    pub(super) fn effort(&self) -> u64 {
        u64::from(self.solver.num_vars()) + self.searched
    }

    /// Requires that one of the literals holds.
    pub(super) fn clause(&mut self, literals: &[Lit]) {
        self.fits = self.fits && literals.iter().any(|&literal| self.holds(literal));
        self.define(literals);
    }

    /// Says what a gate means.
    fn define(&mut self, literals: &[Lit]) {
        self.solver.add_clause_reuse(&mut literals.to_vec());
    }

    /// Requires that a literal holds.
    pub(super) fn require(&mut self, literal: Lit) {
        self.clause(&[literal]);
    }

    pub(super) fn and(&mut self, a: Lit, b: Lit) -> Lit {
        let (yes, no) = (self.yes, !self.yes);
        if a == no || b == no || a == !b {
            return no;
        }
        if a == yes || a == b {
            return b;
        }
        if b == yes {
            return a;
        }
        let key = (a.min(b), a.max(b));
        if let Some(&gate) = self.ands.get(&key) {
            return gate;
        }
        let value = match (self.said(a), self.said(b)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (a, b) => a.and(b),
        };
        let gate = self.gate(value);
        self.define(&[!gate, a]);
        self.define(&[!gate, b]);
        self.define(&[gate, !a, !b]);
        self.ands.insert(key, gate);
        gate
    }

    pub(super) fn or(&mut self, a: Lit, b: Lit) -> Lit {
        !self.and(!a, !b)
    }

    pub(super) fn all(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let yes = self.yes;
        literals.into_iter().fold(yes, |a, b| self.and(a, b))
    }

    pub(super) fn any(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let no = !self.yes;
        literals.into_iter().fold(no, |a, b| self.or(a, b))
    }

    /// Whether the two differ.
    pub(super) fn xor(&mut self, a: Lit, b: Lit) -> Lit {
        let (yes, no) = (self.yes, !self.yes);
        if a == no || b == no || a == yes || b == yes {
            return match (a == no, b == no, a == yes) {
                (true, ..) => b,
                (_, true, _) => a,
                (_, _, true) => !b,
                _ => !a,
            };
        }
        if a == b || a == !b {
            return self.constant(a != b);
        }
        let sign = a.sign() == b.sign();
        let (x, y) = (a.apply_sign(a.sign()), b.apply_sign(b.sign()));
        let key = (x.min(y), x.max(y));
        let gate = match self.unequal.get(&key) {
            Some(&gate) => gate,
            None => {
                let value = self.said(x).zip(self.said(y)).map(|(x, y)| x != y);
                let gate = self.gate(value);
                self.define(&[!gate, x, y]);
                self.define(&[!gate, !x, !y]);
                self.define(&[gate, !x, y]);
                self.define(&[gate, x, !y]);
                self.unequal.insert(key, gate);
                gate
            }
        };
        gate.apply_sign(sign)
    }

    /// `a` where `condition` holds, else `b`.
    pub(super) fn choose(&mut self, condition: Lit, a: Lit, b: Lit) -> Lit {
        let (yes, no) = (self.yes, !self.yes);
        if condition == yes || a == b {
            return a;
        }
        if condition == no {
            return b;
        }
        if a == yes || a == condition {
            return self.or(condition, b);
        }
        if a == no || a == !condition {
            return self.and(!condition, b);
        }
        if b == yes || b == !condition {
            return self.or(!condition, a);
        }
        if b == no || b == condition {
            return self.and(condition, a);
        }
        if a == !b {
            return self.xor(condition, b);
        }
        let key = (condition, a, b);
        if let Some(&gate) = self.choices.get(&key) {
            return gate;
        }
        let value = match self.said(condition) {
            Some(true) => self.said(a),
            Some(false) => self.said(b),
            None => None,
        };
        let gate = self.gate(value);
        self.define(&[!condition, !a, gate]);
        self.define(&[!condition, a, !gate]);
        self.define(&[condition, !b, gate]);
        self.define(&[condition, b, !gate]);
        self.choices.insert(key, gate);
        gate
    }

    /// Whether all that was required can hold together with the assumptions.
    pub(super) fn search(&mut self, assumptions: &[Lit]) -> Found {
        self.search_within(MOST_CONFLICTS, assumptions)
    }

    /// The same within so many conflicts.
    pub(super) fn search_within(&mut self, most: u64, assumptions: &[Lit]) -> Found {
        if !self.solver.is_ok() {
            return Found::Nothing;
        }
        if self.fits && assumptions.iter().all(|&literal| self.holds(literal)) {
            return Found::Model;
        }
        let effort = self.solver.cb_mut();
        effort.most = effort.conflicts + most;
        let before = effort.conflicts;
        let found = self.solver.solve_limited(assumptions);
        // A search looks at most of what was built, and a conflict at some of it.
        let conflicts = self.solver.cb().conflicts - before;
        self.searched += u64::from(self.solver.num_vars()) / 8 + 10 * conflicts;
        if found == lbool::TRUE {
            let model = self.solver.get_model().iter();
            self.model = model.map(|&value| Some(value == lbool::TRUE)).collect();
            self.fits = true;
            Found::Model
        } else if found == lbool::FALSE {
            Found::Nothing
        } else {
            Found::GaveUp
        }
    }

    /// Whether a literal holds in the model that was found last.
    pub(super) fn holds(&self, literal: Lit) -> bool {
        self.said(literal) == Some(true)
    }

    /// What the model that was found last says of a literal.
    fn said(&self, literal: Lit) -> Option<bool> {
        let value = self
            .model
            .get(literal.var().idx() as usize)
            .copied()
            .flatten();
        value.map(|value| value == literal.sign())
    }
}
