// Runs exported machines in the real XState.
// Usage: node xstate.mjs FILE   (one JSON line for each machine: { machine, delays, story })
// Prints one JSON line for each: a list with where the machine stands at first and after each part of the
// story, { states, context }; the list ends with "never at rest" where that is so. { error } says that
// XState refuses the machine.
//
// The host's part is what any user of an export has to write: the guard `holds`, the action `do`, and the
// delays. Guards and formulas keep to what Rhai and JavaScript say alike.

import { readFileSync } from "node:fs";
import { createMachine, createActor, enqueueActions, SimulatedClock } from "xstate";

const formulas = new Map();

/** So many guards are asked before a machine counts as one that never comes to rest. */
const RESTLESS = 20000;

/** An expression as a function. */
function compiled(text) {
  if (!formulas.has(text)) {
    formulas.set(text, new Function("order", "event", "in_state", `return (${text});`));
  }
  return formulas.get(text);
}

function run({ machine: config, story }) {
  let raised = 0;
  let waiting = [];
  let asked = 0;
  const value = (text, context, event, snapshot) => {
    const inState = (path) => snapshot._nodes.some((node) => node.id === path.replaceAll(".", "-"));
    return compiled(text)(context, event, inState);
  };

  const holds = (snapshot, { context, event }, { by, to, all = [] }) => {
    asked += 1;
    if (asked > RESTLESS) throw new Error("never at rest");
    if (by && !by.includes(event.by ?? "system")) return false;
    if (to && event.to !== to) return false;
    return all.every((text) => value(text, context, event, snapshot));
  };

  /** Guards as functions that see which states are active, the way XState's own `stateIn` does. */
  const withGuards = (node) => {
    if (Array.isArray(node)) return node.map(withGuards);
    if (node === null || typeof node !== "object") return node;
    const found = {};
    for (const [key, inner] of Object.entries(node)) {
      if (key !== "guard") {
        found[key] = withGuards(inner);
        continue;
      }
      const guard = () => false;
      guard.check = (snapshot, args) => holds(snapshot, args, inner.params);
      found.guard = guard;
    }
    return found;
  };

  const perform = enqueueActions(({ context, event, enqueue }, params) => {
    const chosen = (params.branches ?? []).find(({ all }) =>
      all.every((text) => value(text, context, event)),
    );
    const parts = chosen ? [params, chosen] : [params];
    const values = {};
    const events = [];
    for (const { set = {}, raise = [] } of parts) {
      for (const [field, text] of Object.entries(set)) values[field] = value(text, context, event);
      for (const { event: type, with: given = {}, after } of raise) {
        const brought = {};
        for (const [name, text] of Object.entries(given)) brought[name] = value(text, context, event);
        events.push([{ type, ...brought }, after]);
      }
    }
    if (Object.keys(values).length > 0) enqueue.assign(values);
    for (const type of parts.flatMap(({ cancel = [] }) => cancel)) {
      for (const id of waiting.filter((id) => id.startsWith(`${type}#`))) enqueue.cancel(id);
      waiting = waiting.filter((id) => !id.startsWith(`${type}#`));
    }
    for (const [event, after] of events) {
      if (after === undefined) {
        enqueue.raise(event);
        continue;
      }
      const id = `${event.type}#${raised++}`;
      waiting.push(id);
      enqueue.raise(event, { delay: after, id });
    }
  });

  const machine = createMachine(withGuards(config), {
    actions: { do: perform },
    delays: config.meta.delays,
  });
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock });
  const errors = [];
  actor.subscribe({ error: (error) => errors.push(error) });
  try {
    actor.start();
  } catch (error) {
    if (asked > RESTLESS) return ["never at rest"];
    throw error;
  }
  const stands = () => {
    const snapshot = actor.getSnapshot();
    const leaves = snapshot._nodes.filter((node) => ["atomic", "final"].includes(node.type));
    return { states: leaves.map((node) => node.id).sort(), context: snapshot.context };
  };
  const seen = [stands()];
  for (const part of story) {
    asked = 0;
    if (part.wait) {
      for (let second = 0; second < part.wait; second++) clock.increment(1000);
    } else {
      actor.send({ ...part.event, by: "user" });
    }
    if (asked > RESTLESS) return [...seen, "never at rest"];
    if (errors.length > 0) throw errors[0];
    seen.push(stands());
  }
  return seen;
}

const lines = readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean);
for (const line of lines) {
  let result;
  try {
    result = run(JSON.parse(line));
  } catch (error) {
    result = { error: String(error?.stack ?? error).slice(0, 600) };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
