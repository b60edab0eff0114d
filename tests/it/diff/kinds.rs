//! Each kind of change, planted into one workflow by an edit of its text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flagstate::diff::{Kind, compare, text};

use super::{case, pair};

/// A kind, and what is replaced by what.
const EDITS: &[(&str, &[(&str, &str)])] = &[
    ("workflow-renamed", &[("workflow: shop", "workflow: store")]),
    (
        "wording-changed",
        &[
            ("title: In cart", "title: Basket"),
            ("The cart is empty", "Nothing is in the cart"),
        ],
    ),
    (
        "setting-added",
        &[(
            "  tone:",
            "  grace: { type: duration, default: 1d }\n  tone:",
        )],
    ),
    (
        "setting-removed",
        &[(
            "  tone: { type: enum, values: [plain, friendly], default: plain }\n",
            "",
        )],
    ),
    (
        "setting-retyped",
        &[(
            "tone: { type: enum, values: [plain, friendly], default: plain }",
            "tone: { type: integer, default: 1 }",
        )],
    ),
    (
        "setting-default-changed",
        &[("default: plain", "default: friendly")],
    ),
    ("setting-bounds-narrowed", &[("max: 60m", "max: 30m")]),
    (
        "setting-bounds-widened",
        &[("min: 1m, max: 60m", "max: 60m")],
    ),
    (
        "field-added",
        &[("  pieces:", "  weight: { type: integer }\n  pieces:")],
    ),
    (
        "field-required",
        &[(
            "note: { type: string }",
            "note: { type: string, required: true }",
        )],
    ),
    (
        "personal-changed",
        &[(
            "note: { type: string }",
            "note: { type: string, personal: true }",
        )],
    ),
    (
        "field-optional",
        &[(
            "pieces: { type: integer, default: 1 }",
            "pieces: { type: integer }",
        )],
    ),
    ("field-removed", &[("  due_on: { type: date }\n", "")]),
    (
        "field-retyped",
        &[("due_on: { type: date }", "due_on: { type: datetime }")],
    ),
    (
        "field-widened",
        &[(
            "pieces: { type: integer, default: 1 }",
            "pieces: { type: decimal, default: 1 }",
        )],
    ),
    (
        "field-default-changed",
        &[(
            "pieces: { type: integer, default: 1 }",
            "pieces: { type: integer, default: 2 }",
        )],
    ),
    (
        "word-added",
        &[("[web, desk, phone]", "[web, desk, phone, fax]")],
    ),
    (
        "word-removed",
        &[("[web, desk, phone]", "[web, desk, call]")],
    ),
    (
        "actor-added",
        &[("[customer, clerk, robot]", "[customer, clerk, robot, boss]")],
    ),
    (
        "actor-removed",
        &[
            ("[customer, clerk, robot]", "[customer, clerk]"),
            ("by: [clerk, robot]", "by: clerk"),
        ],
    ),
    (
        "right-gained",
        &[("close: { by: clerk", "close: { by: [clerk, robot]")],
    ),
    (
        "right-lost",
        &[("pack: { by: [clerk, robot]", "pack: { by: robot")],
    ),
    (
        "flag-declared",
        &[(
            "  reported:",
            "  urgent: { type: boolean, default: false }\n  reported:",
        )],
    ),
    (
        "flag-dropped",
        &[("  reported: { type: boolean, default: true }\n", "")],
    ),
    (
        "flag-retyped",
        &[(
            "reported: { type: boolean, default: true }",
            "reported: { type: integer, default: 1 }",
        )],
    ),
    (
        "flag-gained",
        &[(
            "closed: { final: true, attributes: { type: shut, number: 4 }, flags: { contracted: true }",
            "closed: { final: true, attributes: { type: shut, number: 4 }, flags: { contracted: true, counts_revenue: true }",
        )],
    ),
    (
        "flag-lost",
        &[(
            "flags: { reserved: true, contracted: true, contract: active }",
            "flags: { contracted: true, contract: active }",
        )],
    ),
    ("flag-changed", &[("contract: active", "contract: none")]),
    (
        "flag-by-setting",
        &[(
            "flags: { reserved: true, contracted: true, contract: active }",
            "flags: { reserved: settings.reserve, contracted: true, contract: active }",
        )],
    ),
    (
        "flag-fixed",
        &[("reserved: settings.reserve", "reserved: true")],
    ),
    (
        "attribute-added",
        &[(
            "  number: { type: integer, unique: true }",
            "  number: { type: integer, unique: true }\n  colour: { type: string }",
        )],
    ),
    (
        "attribute-removed",
        &[
            ("  type: { type: enum, values: [live, shut] }\n", ""),
            ("slot:\n  by: [type]\n  rank: number\n", ""),
            ("type: live, ", ""),
            ("type: shut, ", ""),
        ],
    ),
    (
        "attribute-changed",
        &[(
            "attributes: { type: live, number: 2 }",
            "attributes: { type: shut, number: 2 }",
        )],
    ),
    ("slot-changed", &[("  rank: number\n", "")]),
    (
        "mandatory-added",
        &[("undeletable: [booked]", "undeletable: [booked, closed]")],
    ),
    (
        "mandatory-removed",
        &[("mandatory:\n  undeletable: [booked]\n", "")],
    ),
    (
        "effect-added",
        &[("[confirm, free_stock]", "[confirm, free_stock, invoice]")],
    ),
    ("effect-removed", &[("[confirm, free_stock]", "[confirm]")]),
    (
        "group-added",
        &[("groups:\n", "groups:\n  early: { in: [in_cart] }\n")],
    ),
    (
        "group-removed",
        &[(
            "  shut: { title: Shut orders, in: { not: open } }\npartitions:\n  - [open, shut]\n",
            "",
        )],
    ),
    (
        "group-changed",
        &[("in: [in_cart, booked, packing]", "in: [in_cart, booked]")],
    ),
    (
        "partition-changed",
        &[("partitions:\n  - [open, shut]\n", "")],
    ),
    (
        "child-set-added",
        &[("children:\n", "children:\n  returns: { workflow: self }\n")],
    ),
    (
        "child-set-removed",
        &[("children:\n  parcels: { states: [packed, sent] }\n", "")],
    ),
    (
        "child-set-changed",
        &[("states: [packed, sent]", "states: [packed, lost]")],
    ),
    (
        "event-added",
        &[(
            "  clear:",
            "  reopen: { by: clerk, from: booked, to: in_cart }\n  clear:",
        )],
    ),
    (
        "event-removed",
        &[(
            "  close: { by: clerk, from: packing, to: closed }\n",
            "  finish: { by: clerk, from: packing, to: closed }\n",
        )],
    ),
    (
        "payload-added",
        &[(
            "payload: { reason: { type: string },",
            "payload: { reason: { type: string }, by_whom: { type: string, optional: true },",
        )],
    ),
    (
        "payload-required",
        &[(
            "values: [late, wrong], optional: true }",
            "values: [late, wrong] }",
        )],
    ),
    (
        "payload-optional",
        &[(
            "payload: { reason: { type: string },",
            "payload: { reason: { type: string, optional: true },",
        )],
    ),
    (
        "payload-removed",
        &[("payload: { reason: { type: string }, ", "payload: { ")],
    ),
    (
        "payload-retyped",
        &[(
            "payload: { reason: { type: string },",
            "payload: { reason: { type: integer },",
        )],
    ),
    (
        "repeat-changed",
        &[("close: { by: clerk", "close: { repeat: accept, by: clerk")],
    ),
    (
        "start-changed",
        &[(
            "  - { guard: 'order.origin == \"desk\"', to: booked }\n",
            "",
        )],
    ),
    (
        "transition-added",
        &[(
            "  - { from: booked, guard: order.pieces == 0, to: dropped }",
            "  - { from: booked, guard: order.pieces == 0, to: dropped }\n  - { from: in_cart, guard: order.pieces == 9, to: dropped }",
        )],
    ),
    (
        "transition-removed",
        &[(
            "from: [in_cart, booked], guard: order.total < 100",
            "from: in_cart, guard: order.total < 100",
        )],
    ),
    (
        "transition-retargeted",
        &[(
            "close: { by: clerk, from: packing, to: closed }",
            "close: { by: clerk, from: packing, to: dropped }",
        )],
    ),
    (
        "transition-reordered",
        &[
            (
                "      - { by: clerk, from: booked, guard: order.pieces > 5, to: closed }\n",
                "",
            ),
            (
                "    moves:\n",
                "    moves:\n      - { by: clerk, from: booked, guard: order.pieces > 5, to: closed }\n",
            ),
        ],
    ),
    (
        "guard-rewritten",
        &[("if: order.total > 0,", "if: '!(order.total <= 0)',")],
    ),
    (
        "guard-weaker",
        &[("if: order.total > 0,", "if: order.total >= 0,")],
    ),
    (
        "guard-stronger",
        &[(
            "if: order.total > 0,",
            "if: order.total > 0 && order.pieces > 1,",
        )],
    ),
    (
        "guard-different",
        &[("if: order.total > 0,", "if: order.pieces > 2,")],
    ),
    (
        "guard-unknown",
        &[
            ("if: order.total > 0,", "if: order.pieces > 0,"),
            (
                "  total: { type: decimal, default: 0 }\n",
                "  sum: { type: decimal, default: 0 }\n",
            ),
            ("order.total", "order.sum"),
        ],
    ),
    (
        "effects-changed",
        &[
            (
                "    to: booked\n    effects: confirm\n",
                "    to: booked\n    effects: [confirm, free_stock]\n",
            ),
            (
                "enter: { effects: confirm }",
                "enter: { effects: free_stock }",
            ),
            (
                "    states: { picking: , boxed: }\n",
                "    initial: { to: picking, effects: confirm }\n    exit:\n      branches:\n        - { guard: order.pieces > 1, effects: free_stock }\n        - { guard: order.pieces == 1 }\n        - { effects: confirm }\n    states: { picking: , boxed: }\n",
            ),
        ],
    ),
    (
        "sets-changed",
        &[
            (
                "set: { note: '\"nudged\"' }",
                "set: { note: '\"reminded\"' }",
            ),
            (
                "    states: { picking: , boxed: }\n",
                "    done: close\n    states: { picking: , boxed: { final: true } }\n",
            ),
        ],
    ),
    (
        "sends-changed",
        &[
            (
                "enter: { effects: confirm }",
                "enter: { effects: confirm, send: { parcels: open } }",
            ),
            ("event: nudge, when", "event: pack, when"),
            (
                "pack: { by: [clerk, robot]",
                "pack: { by: [clerk, robot, system]",
            ),
        ],
    ),
    ("state-added", &[("  archived:", "  paused:\n  archived:")]),
    ("state-removed", &[("packing", "wrapping")]),
    (
        "state-reshaped",
        &[(
            "states: { picking: , boxed: }",
            "states: { picking: { states: { first: , last: } }, boxed: }",
        )],
    ),
    (
        "state-cut-off",
        &[(
            "  close: { by: clerk, from: packing, to: closed }\n",
            "  close: { by: clerk, from: packing, guard: order.total > 1 && order.total < 0, to: closed }\n",
        )],
    ),
    (
        "state-restless",
        &[("always:\n", "always:\n  - { from: in_cart, to: booked }\n")],
    ),
    (
        "state-leads-back",
        &[(
            "  clear:",
            "  undo: { by: clerk, from: booked, to: back }\n  clear:",
        )],
    ),
    (
        "state-ends",
        &[
            (
                "  archived: { inactive: true,",
                "  archived: { final: true, inactive: true,",
            ),
            ("  clear: { by: clerk, from: archived, to: dropped }\n", ""),
        ],
    ),
    (
        "state-reopens",
        &[
            ("closed: { final: true, ", "closed: { "),
            ("from: archived", "from: [archived, closed]"),
        ],
    ),
    (
        "initial-changed",
        &[(
            "states: { picking: , boxed: }",
            "states: { picking: , boxed: }\n    initial: boxed",
        )],
    ),
    (
        "state-switched-off",
        &[(
            "  closed: { final: true,",
            "  closed: { final: true, inactive: true,",
        )],
    ),
    (
        "state-switched-on",
        &[("archived: { inactive: true, ", "archived: { ")],
    ),
    (
        "state-locked",
        &[(
            "  closed: { final: true,",
            "  closed: { final: true, immutable: true,",
        )],
    ),
    (
        "state-unlocked",
        &[(
            "shut: { title: Shut orders, in: { not: open } }",
            "shut: { title: Shut orders, in: { not: open }, immutable: true }",
        )],
    ),
    (
        "state-visibility-changed",
        &[(
            "  closed: { final: true,",
            "  closed: { final: true, hidden: true,",
        )],
    ),
    (
        "state-deprecation-changed",
        &[(
            "archived: { inactive: true,",
            "archived: { inactive: true, deprecated: { successor: dropped },",
        )],
    ),
    (
        "entry-restricted",
        &[("enter: { by: [system, clerk] }", "enter: { by: system }")],
    ),
    ("entry-opened", &[(", enter: { by: [system, clerk] }", "")]),
    (
        "timer-added",
        &[(
            "    states: { picking: , boxed: }",
            "    timers: { late: { after: 5d, to: dropped } }\n    states: { picking: , boxed: }",
        )],
    ),
    (
        "timer-removed",
        &[(
            "    timers:\n      remind: { after: 2d, event: nudge, when: order.total > 0 }\n",
            "",
        )],
    ),
    (
        "timer-shortened",
        &[("remind: { after: 2d", "remind: { after: 1d")],
    ),
    ("timer-lengthened", &[("default: 20m", "default: 45m")]),
    (
        "timer-changed",
        &[(
            "remind: { after: 2d, event: nudge, when: order.total > 0 }",
            "remind: { at: order.due_on, event: nudge, restore: deadline }",
        )],
    ),
    (
        "waiver-changed",
        &[("    expires: never\n    enter:", "    enter:")],
    ),
];

/// Kinds that show the other way round: the edit gives the old version.
const BACKWARDS: [&str; 1] = ["state-unlocked"];

/// A kind that no edit of the base shows, and two versions that do.
const APART: [(&str, &str, &str); 1] = [(
    "past-lost",
    "flagstate: 1\nworkflow: shop\nversion: 1\nactors: [clerk]\ninitial: work\nstates:\n  \
     work: { states: { first: , passing: } }\n  paused:\n  closed: { final: true }\nalways:\n  \
     - { from: work.passing, to: paused }\ntransitions:\n  \
     pass: { by: clerk, from: work.first, to: work.passing }\n  \
     resume: { by: clerk, from: paused, to: { history: work } }\n  \
     close: { by: clerk, from: work, to: closed }\n",
    "flagstate: 1\nworkflow: shop\nversion: 1\nactors: [clerk]\ninitial: work\nstates:\n  \
     work: { states: { first: , second: } }\n  paused:\n  closed: { final: true }\ntransitions:\n  \
     pass: { by: clerk, from: work.first, to: paused }\n  \
     second: { by: clerk, from: work.first, to: work.second }\n  \
     resume: { by: clerk, from: paused, to: { history: work } }\n  \
     close: { by: clerk, from: work, to: closed }\n",
)];

/// Each kind with the text of two versions that show it.
pub(crate) fn edited() -> Vec<(&'static str, String, String)> {
    let base = case("base.yaml");
    let of_base = EDITS.iter().map(|(kind, edits)| {
        let mut edited = base.clone();
        for (from, to) in *edits {
            assert!(edited.contains(from), "{kind}: `{from}` is not in the base");
            edited = edited.replace(from, to);
        }
        match BACKWARDS.contains(kind) {
            true => (*kind, edited, base.clone()),
            false => (*kind, base.clone(), edited),
        }
    });
    let apart = APART.iter();
    let apart = apart.map(|(kind, old, new)| (*kind, (*old).to_owned(), (*new).to_owned()));
    of_base.chain(apart).collect()
}

#[test]
fn each_kind_is_told_of_its_edit() {
    let mut told = String::new();
    let mut seen = BTreeSet::new();
    let edits = edited();
    for (kind, old, new) in &edits {
        let (old, new, sources) = pair(old, new);
        let difference = compare(&old, &new);
        let kinds: Vec<&str> = difference
            .changes
            .iter()
            .map(|change| change.kind.id())
            .collect();
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
        seen.extend(kinds);
        writeln!(told, "# {kind}\n\n{}", text(&difference, &sources)).unwrap();
    }
    let all: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.id()).collect();
    let edited: BTreeSet<&str> = edits.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(edited, all, "each kind has an edit of its own");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../cases/diff");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("kinds", told));
}

#[test]
fn internal_moves_and_the_pasts_that_states_begin_with_are_told() {
    let base = "flagstate: 1\nworkflow: shop\nversion: 1\nactors: [clerk]\neffects: [mail]\ninitial: work\nstates:\n  \
         work:\n    initial: { history: work }\n    exit: { effects: mail }\n    states: { first: , second: }\n  \
         closed: { final: true }\ntransitions:\n  again: { by: clerk, from: work, to: work.first, internal: true }\n  \
         close: { by: clerk, from: work, to: closed }\n";
    let told = |from: &str, to: &str| -> Vec<String> {
        let (old, new, _) = pair(base, &base.replace(from, to));
        let changes = compare(&old, &new).changes;
        changes.into_iter().map(|change| change.message).collect()
    };
    let messages = told(", internal: true", "");
    assert_eq!(
        messages,
        ["`again` from `work` leaves its source, and stayed in it"]
    );
    let messages = told("    initial: { history: work }\n", "");
    assert_eq!(
        messages,
        ["`work` begins with nothing, and began with `work as it was, else to work.first`"]
    );
    let messages = told("history: work }", "history: work, depth: deep }");
    assert_eq!(messages.len(), 1, "{messages:?}");
}
