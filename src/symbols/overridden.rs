//! The names of a base that a tenant's file overrides.
//!
//! In: the tree of such a file. Out: what stands under `settings`, `change`, `remove` and `add`, as uses of what
//! the base declares.

use super::declare::within;
use super::{Kind, Symbols, inner};
use crate::parse::tree::{self, Node};

impl Symbols {
    /// Notes the names that a file overrides; none in a file that extends nothing.
    pub(crate) fn overridden(&mut self, root: &Node<'_>) {
        for (key, node) in pairs(root) {
            match key.text {
                "settings" => self.names(Kind::Setting, "", node),
                "change" | "remove" | "add" => {
                    for (section, node) in pairs(node) {
                        self.section(section.text, "", node);
                    }
                }
                _ => {}
            }
        }
        self.settle();
    }

    fn section(&mut self, section: &str, around: &str, node: &Node<'_>) {
        let kind = match section {
            "regions" => Some(Kind::State),
            "timers" => Some(Kind::Timer),
            "payload" => Some(Kind::Payload),
            "by" => Some(Kind::Actor),
            "guard" => Some(Kind::Guard),
            "cancel" => Some(Kind::Event),
            "from" => {
                self.names(Kind::Group, "", node);
                Some(Kind::State)
            }
            section => Kind::of_section(section),
        };
        let Some(kind) = kind else {
            return;
        };
        let around = match kind {
            Kind::State if section != "from" => around,
            Kind::Timer | Kind::Payload => around,
            _ => "",
        };
        self.names(kind, around, node);
    }

    /// The keys of a mapping, the items of a list, or the one name.
    fn names(&mut self, kind: Kind, around: &str, node: &Node<'_>) {
        for (key, value) in pairs(node) {
            let path = within(around, key.text);
            self.used(kind, &path, inner(key.span, key.text.len()));
            if matches!(kind, Kind::State | Kind::Event) {
                for (section, node) in pairs(value) {
                    self.section(section.text, &path, node);
                }
            }
        }
        let items = match &node.kind {
            tree::Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for item in items {
            if let tree::Kind::Scalar(scalar) = &item.kind {
                let path = within(around, &scalar.text);
                match kind {
                    Kind::State => self.of_path(&path, &scalar.text, item.span),
                    _ => _ = self.used(kind, &path, inner(item.span, scalar.text.len())),
                }
            }
        }
    }
}

struct Key<'n> {
    text: &'n str,
    span: crate::source::Span,
}

/// The keys of a mapping with what stands under them.
fn pairs<'n>(node: &'n Node<'_>) -> impl Iterator<Item = (Key<'n>, &'n Node<'n>)> {
    let pairs = match &node.kind {
        tree::Kind::Map(pairs) => pairs.as_slice(),
        _ => &[],
    };
    pairs.iter().filter_map(|pair| {
        let span = pair.value.key?;
        let text = pair.key.text.as_ref();
        Some((Key { text, span }, &pair.value))
    })
}
