//! Whether a text is a well-formed XML document, as far as such a document is written here.

/// Panics where it is not.
pub(super) fn check(document: &str) {
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let mut rest = document.strip_prefix(declaration).expect("a declaration");
    let mut open = Vec::new();
    while let Some((text, tail)) = rest.split_once('<') {
        check_text(text);
        let (tag, tail) = tail.split_once('>').expect("the end of a tag");
        rest = tail;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let (tag, closed) = tag
            .strip_suffix('/')
            .map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        check_attributes(attributes);
        if !closed {
            open.push(name);
        }
    }
    assert_eq!(rest, "\n");
    assert!(open.is_empty(), "{open:?}");
}

fn check_attributes(attributes: &str) {
    let mut parts = attributes.split_terminator('"');
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        let name = name.trim_start().strip_suffix('=').expect("a name");
        assert!(name.chars().all(|c| c.is_ascii_lowercase()), "{name}");
        assert!(!value.contains('\n'), "{value}");
        check_text(value);
    }
}

fn check_text(text: &str) {
    let legal =
        |c: char| matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(legal), "{text:?}");
    assert!(!text.contains("]]>"), "{text:?}");
    for reference in text.split('&').skip(1) {
        let (name, _) = reference.split_once(';').expect("the end of a reference");
        assert!(
            ["amp", "lt", "gt", "quot", "apos"].contains(&name),
            "{name}"
        );
    }
}
