//! Counts of children: they are what a map of them is, however many states there are.

use std::collections::BTreeMap;

use flagstate::guard::{ChildCounts, StateCounts};
use proptest::prelude::*;

/// What is done to counts.
#[derive(Debug, Clone)]
enum Deed {
    Add(String, u32),
    Set(String, u32),
    KeepAbove(u32),
}

fn deed() -> impl Strategy<Value = Deed> {
    let state = || "[a-c]{1,3}|œuvre|";
    let count = || prop_oneof![0..4_u32, Just(u32::MAX)];
    prop_oneof![
        4 => (state(), count()).prop_map(|(state, count)| Deed::Add(state, count)),
        4 => (state(), count()).prop_map(|(state, count)| Deed::Set(state, count)),
        1 => (0..2_u32).prop_map(Deed::KeepAbove),
    ]
}

proptest! {
    #[test]
    fn counts_are_what_a_map_of_them_is(deeds in prop::collection::vec(deed(), 0..60)) {
        let mut counts = StateCounts::default();
        let mut map: BTreeMap<String, u32> = BTreeMap::new();
        for deed in deeds {
            match deed {
                Deed::Add(state, count) => {
                    counts.add(&state, count);
                    let known = map.entry(state).or_default();
                    *known = known.saturating_add(count);
                }
                Deed::Set(state, count) => {
                    counts.set(&state, count);
                    map.insert(state, count);
                }
                Deed::KeepAbove(least) => {
                    counts.retain(|_, count| count > least);
                    map.retain(|_, count| *count > least);
                }
            }
            prop_assert!(counts.iter().eq(map.iter().map(|(state, count)| (&**state, *count))));
            prop_assert!(map.iter().all(|(state, count)| counts.get(state) == *count));
            prop_assert_eq!(counts.get("elsewhere"), 0);
            prop_assert_eq!(counts.is_empty(), map.is_empty());
        }
        let whole = ChildCounts { total: 7, by_state: counts };
        let text = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(&text, &serde_json::json!({ "total": 7, "by_state": map }).to_string().replace(
            // The total comes first, as it is declared.
            &format!("{{\"by_state\":{},\"total\":7}}", serde_json::to_string(&map).unwrap()),
            &format!("{{\"total\":7,\"by_state\":{}}}", serde_json::to_string(&map).unwrap()),
        ));
        prop_assert_eq!(serde_json::from_str::<ChildCounts>(&text).unwrap(), whole);
    }
}
