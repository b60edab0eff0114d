//! Guards mean what plain Rhai says: an engine as it comes, upon orders that are maps.
//!
//! The guard's own text is given to both. What plain Rhai does not have (dates, children, `none`, `count`,
//! `sum`, `between`) ends there in a function or a variable that is not found, and such a pair says nothing.

use std::collections::BTreeMap;

use flagstate::context::Value;
use flagstate::guard::GuardError;
use rhai::{
    AST, Array, Dynamic, Engine, EvalAltResult, Map, OptimizationLevel, Scope as Variables,
};
use rust_decimal::{Decimal, RoundingStrategy};

use super::differential::{Dice, any_world, compiled};
use super::writer::Writer;
use super::{World, scope};

/// Rhai as it comes, but that what is not set is an error.
fn plain() -> Engine {
    let mut engine = Engine::new();
    engine.set_fail_on_invalid_map_property(true);
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

/// The same, with the one thing that guards mean otherwise: halves are rounded away from zero, as money is, and not
/// to the even neighbour.
fn as_money_is_rounded() -> Engine {
    let mut engine = plain();
    engine.register_fn("round", |n: Decimal, digits: i64| {
        let digits = u32::try_from(digits).unwrap().min(28);
        n.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
    });
    engine
}

/// A value that plain Rhai has no type for.
#[derive(Debug, Clone)]
struct Opaque;

fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Decimal(value) => (*value).into(),
        Value::Text(value) => value.to_string().into(),
        Value::List(values) => values.iter().map(dynamic).collect::<Array>().into(),
        _ => Dynamic::from(Opaque),
    }
}

fn map<'v>(
    names: impl Iterator<Item = String>,
    values: impl Iterator<Item = Option<&'v Value>>,
) -> Map {
    let set = names.zip(values);
    let set = set.filter_map(|(name, value)| Some((name.into(), dynamic(value?))));
    set.collect()
}

fn variables(world: &World) -> Variables<'static> {
    let scope = scope();
    let order = map(
        scope.order.keys().cloned(),
        world.order.iter().map(Option::as_ref),
    );
    let settings = map(
        scope.settings.keys().cloned(),
        world.settings.iter().map(Some),
    );
    let event = map(
        scope.event.unwrap().keys().cloned(),
        world.event.iter().map(Option::as_ref),
    );
    let mut actor = Map::from([("role".into(), world.actor.role.clone().into())]);
    actor.extend(world.actor.id.clone().map(|id| ("id".into(), id.into())));
    let mut variables = Variables::new();
    for (name, fields) in [
        ("order", order),
        ("settings", settings),
        ("event", event),
        ("actor", actor),
    ] {
        variables.push(name, fields);
    }
    variables
}

/// What was said, as far as both can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Answer(bool),
    NotSet,
    DividesByZero,
    TooLarge,
    /// Plain Rhai does not have it, or it exceeds a limit of ours.
    Nothing,
    Other,
}

fn ours(answer: &Result<bool, GuardError>) -> Said {
    match answer {
        Ok(answer) => Said::Answer(*answer),
        Err(GuardError::Missing(_)) => Said::NotSet,
        Err(GuardError::DivisionByZero) => Said::DividesByZero,
        Err(GuardError::Overflow) => Said::TooLarge,
        Err(GuardError::Limit(_)) => Said::Nothing,
        Err(_) => Said::Other,
    }
}

fn theirs(raised: &EvalAltResult) -> Said {
    match raised.unwrap_inner() {
        EvalAltResult::ErrorPropertyNotFound(..) => Said::NotSet,
        EvalAltResult::ErrorArithmetic(text, _) if text.contains("zero") => Said::DividesByZero,
        EvalAltResult::ErrorArithmetic(..) => Said::TooLarge,
        EvalAltResult::ErrorFunctionNotFound(..)
        | EvalAltResult::ErrorVariableNotFound(..)
        // A closure that reads the order whose list it is asked of.
        | EvalAltResult::ErrorDataRace(..) => Said::Nothing,
        _ => Said::Other,
    }
}

fn in_plain_rhai(engine: &Engine, text: &AST, world: &World) -> Result<bool, Box<EvalAltResult>> {
    engine.eval_ast_with_scope(&mut variables(world), text)
}

#[test]
fn guards_mean_what_plain_rhai_says() {
    const GUARDS: usize = 8_000;
    const WORLDS: usize = 10;
    let engine = as_money_is_rounded();
    let mut dice = Dice(11);
    let (mut said, mut pairs) = (BTreeMap::<Said, usize>::new(), 0);
    for _ in 0..GUARDS {
        let choices = dice.choices();
        let text = Writer::new(&choices).boolean(3);
        let (guard, plain) = (compiled(&text), engine.compile_expression(&text).unwrap());
        for _ in 0..WORLDS {
            let world = any_world(&mut dice);
            let answer = in_plain_rhai(&engine, &plain, &world);
            let own = world.ask(|inputs| guard.eval(inputs));
            let (theirs, ours) = (
                answer
                    .as_ref()
                    .map_or_else(|raised| theirs(raised), |answer| Said::Answer(*answer)),
                ours(&own),
            );
            // What plain Rhai lacks here it lacks for most other orders too.
            if theirs == Said::Nothing {
                break;
            }
            if ours == Said::Nothing {
                continue;
            }
            pairs += 1;
            *said.entry(theirs).or_default() += 1;
            assert_eq!(ours, theirs, "`{text}` on {world:#?}: {own:?}, {answer:?}");
        }
    }
    crate::tell::tried(&format!(
        "{pairs} pairs of guard and order, in plain Rhai too: {said:?}"
    ));
    for kind in [
        Said::Answer(true),
        Said::Answer(false),
        Said::NotSet,
        Said::DividesByZero,
        Said::TooLarge,
    ] {
        assert!(
            said.get(&kind).is_some_and(|times| *times >= 100),
            "{kind:?}: {said:?}"
        );
    }
}

#[test]
fn halves_are_rounded_away_from_zero() {
    let text = "round(order.payments / 2.0, 0) == 3";
    let mut world = super::world();
    world.order[1] = Some(Value::Integer(5));
    let answers = |engine: &Engine| {
        let plain = engine.compile_expression(text).unwrap();
        in_plain_rhai(engine, &plain, &world).unwrap()
    };
    let own = world.ask(|inputs| compiled(text).eval(inputs));
    assert_eq!(
        (own, answers(&as_money_is_rounded()), answers(&plain())),
        (Ok(true), true, false)
    );
}
