//! What guards take of their budget.
//!
//! In: a guard. Out: whether it keeps within what it may take: surely, where it does for the longest texts and lists.

use batsat::Lit;

use super::encode::Encoder;
use crate::context::Value;
use crate::guard::kind::Kind;
use crate::guard::tree::{Each, Form, Function, Tree};
use crate::guard::{Guard, MAX_OPERATIONS, MAX_TEXT_BYTES};

/// The most operations that the texts of an expression can take beside its lists; none where it reads no texts.
fn cost(tree: &Tree) -> u32 {
    let text = u32::try_from(MAX_TEXT_BYTES / 16).unwrap_or(u32::MAX);
    let own = match &tree.form {
        Form::Call(Function::Length, _) => text,
        Form::Call(Function::Contains | Function::Within, _) => 2 * text,
        _ => 0,
    };
    let parts = tree.parts().into_iter();
    parts.fold(own, |all, part| all.saturating_add(cost(part)))
}

impl Encoder<'_> {
    /// The most operations that looking for a value in a list can take: texts may be long.
    fn searching(&self, list: &Tree, value: &Tree) -> u32 {
        let most = self.most_of(list);
        match (&list.kind, &value.form) {
            (Kind::List(of), Form::Constant(Value::Text(text))) if **of == Kind::Text => {
                let letters = u32::try_from(text.len()).unwrap_or(u32::MAX);
                let each = 2_u32.saturating_add(letters / 64);
                most.saturating_mul(each)
            }
            (Kind::List(of), _) if **of == Kind::Text => u32::MAX,
            (Kind::List(of), _) if of.is_text() => most.saturating_mul(6),
            _ => most.saturating_mul(2),
        }
    }

    /// The most operations that looking through lists can take beside texts; none where nothing is asked of lists.
    fn looking(&self, tree: &Tree) -> u32 {
        let own = match &tree.form {
            Form::Entries(asked) => match &asked.each {
                Each::Body { cost, .. } => {
                    let most = self.most_of(&asked.list);
                    most.saturating_mul(cost.saturating_add(2))
                }
                Each::Itself => self.most_of(&asked.list).saturating_mul(2),
                Each::Equals(value) => self.searching(&asked.list, value),
            },
            Form::Among(pair) => {
                let [list, value] = &**pair;
                self.searching(list, value)
            }
            _ => 0,
        };
        let parts = tree.parts().into_iter();
        parts.fold(own, |all, part| all.saturating_add(self.looking(part)))
    }

    /// Whether a guard keeps within its budget with what it asks of texts and lists: surely, where it does for the
    /// longest.
    pub(super) fn within_budget(&mut self, guard: &Guard) -> Lit {
        let (texts, lists) = (cost(guard.tree()), self.looking(guard.tree()));
        let circuit = &mut self.space.circuit;
        // For each entry, a closure may look through texts again.
        let most = match (texts, lists) {
            (0, lists) => lists,
            (texts, 0) => texts,
            _ => u32::MAX,
        };
        if most <= MAX_OPERATIONS {
            return circuit.yes();
        }
        let within = self.budgets.entry((self.who, guard.source().to_owned()));
        *within.or_insert_with(|| circuit.fresh())
    }
}
