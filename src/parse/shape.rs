//! The shapes that the format is made of: lists, mappings in order, one or many, literal or setting.

use std::borrow::Cow;

use thin_vec::{ThinVec, thin_vec};

use super::decode::{Decode, Decoder, Naming, value};
use super::duplicates::repeated;
use super::elsewhere;
use super::id;
use super::rule;
use super::tree::{Kind, Node};
use crate::diagnostic::Diagnostic;
use crate::document::{
    Declaration, Declared, Entries, Entry, Listed, Literal, Name, OneOrMany, Or,
};

impl<T: Decode> Decode for Option<T> {
    const NULLABLE: bool = T::NULLABLE;

    fn expected() -> Cow<'static, str> {
        T::expected()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        T::decode(node, decoder).map(Some)
    }
}

impl<T: Decode> Decode for Box<T> {
    const NULLABLE: bool = T::NULLABLE;

    fn expected() -> Cow<'static, str> {
        T::expected()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        T::decode(node, decoder).map(Self::new)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn expected() -> Cow<'static, str> {
        "a list".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            let diagnostic = decoder.unexpected(node, &Self::expected());
            let written = decoder.source.slice(node.span);
            let is_short = matches!(&node.kind, Kind::Scalar(_)) && !written.contains('\n');
            let diagnostic = if is_short {
                let words = written.split([',', '|', ' ']).map(str::trim);
                let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                let list = match words.iter().all(|word| id::is_id(word)) {
                    true => format!("[{}]", words.join(", ")),
                    false => format!("[{written}]"),
                };
                diagnostic
                    .help(format!("write `{list}`"))
                    .fix(node.span, list, "write a list")
            } else {
                diagnostic
            };
            decoder.push_at(node, diagnostic);
            return None;
        };
        let mut found = Self::with_capacity(items.len());
        found.extend(items.iter().filter_map(|item| value(item, decoder)));
        Some(found)
    }
}

impl<T: Decode> Decode for ThinVec<T> {
    fn expected() -> Cow<'static, str> {
        Vec::<T>::expected()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        Vec::decode(node, decoder).map(Self::from)
    }
}

impl<T: Decode> Decode for OneOrMany<T> {
    fn expected() -> Cow<'static, str> {
        format!("{} or a list", T::expected()).into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(items) if items.is_empty() => {
                let message = format!("the list{} is empty", decoder.under(node));
                let diagnostic = Diagnostic::new(&rule::WRONG_TYPE, node.span, message);
                decoder.push_at(node, diagnostic.help("remove the key, or name something"));
                None
            }
            Kind::List(_) => ThinVec::decode(node, decoder).map(Self),
            _ => T::decode(node, decoder).map(|one| Self(thin_vec![one])),
        }
    }
}

impl<T: Decode> Decode for Listed<T> {
    fn expected() -> Cow<'static, str> {
        format!("{} or a list", T::expected()).into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(items) => {
                let items = items.iter().filter_map(|item| value(item, decoder));
                Some(Self(items.collect()))
            }
            _ => T::decode(node, decoder).map(|one| Self(vec![one])),
        }
    }
}

impl<T: Decode> Decode for Entries<T> {
    fn expected() -> Cow<'static, str> {
        "a mapping".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Map(pairs) = &node.kind else {
            let found = decoder.unexpected(node, &Self::expected());
            let told = match &node.kind {
                Kind::List(items) => elsewhere::names(items, T::NULLABLE),
                _ => None,
            };
            decoder.push_at(node, told.into_iter().fold(found, Diagnostic::help));
            return None;
        };
        let mut entries = ThinVec::with_capacity(pairs.len());
        for pair in pairs {
            let span = pair.value.key.unwrap_or(pair.value.span);
            id::check_key(&pair.key, span, T::NAMING, decoder);
            if let Some(value) = value(&pair.value, decoder) {
                let name = Name::new(pair.key.text.to_string(), span);
                entries.push(Entry { name, value });
            }
        }
        Some(Self(entries))
    }
}

impl Decode for Declared {
    fn expected() -> Cow<'static, str> {
        "a list of names".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            return match &node.kind {
                Kind::Map(_) => Entries::decode(node, decoder).map(Self),
                // A list is the usual form, and its hint is the better one.
                _ => Vec::<Name>::decode(node, decoder).and(None),
            };
        };
        let mut first = std::collections::BTreeMap::new();
        let mut declared = ThinVec::new();
        for item in items {
            if !decoder.has_room(item) {
                break;
            }
            let Some(name) = value::<Name>(item, decoder) else {
                continue;
            };
            if let Kind::Scalar(scalar) = &item.kind {
                id::check(scalar, name.span, Declaration::NAMING, decoder);
            }
            if let Some(&earlier) = first.get(&name.value) {
                let again = || repeated(&name.value, earlier, name.span);
                decoder.problems.push_with(again);
                continue;
            }
            first.insert(name.value.clone(), name.span);
            let value = Declaration::default();
            declared.push(Entry { name, value });
        }
        Some(Self(Entries(declared)))
    }
}

impl Decode for Or<Literal> {
    const NAMING: Naming = Naming::Reference;

    fn expected() -> Cow<'static, str> {
        "a plain value or `settings.NAME`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let literal = Literal::decode(node, decoder)?;
        Some(match literal.text.strip_prefix("settings.") {
            Some(name) => Self::Setting(Name::new(name.to_owned(), literal.span)),
            None => Self::Literal(literal),
        })
    }
}
