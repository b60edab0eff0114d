// Takes the orders of a file through laps of the workflow on XState, by `send` or by `transition`, and
// prints nanoseconds for one event.
import { readFileSync } from "node:fs";
import { createActor, initialTransition, setup, transition } from "xstate";

const ROUNDS = 7;
const ROUND_MS = 100;
const LAP = ["submit", "approve", "reserve", "pick", "pack", "ship", "deliver", "invoice", "reopen"];
const EVENTS = LAP.map((type) => ({ type }));

const [way, file] = process.argv.slice(2);
const { now, orders } = JSON.parse(readFileSync(file, "utf8"));

const machine = setup({
  guards: {
    withinCredit: ({ context }) => context.total <= context.creditLimit && !context.onHold,
    paid: ({ context }) => context.paid >= context.total,
    inTime: ({ context }) => now < context.dueAt,
  },
}).createMachine({
  id: "order",
  initial: "draft",
  context: ({ input }) => input,
  states: {
    draft: { on: { submit: "submitted", cancel: "cancelled" } },
    submitted: {
      on: { approve: { target: "approved", guard: "withinCredit" }, cancel: "cancelled" },
    },
    approved: { on: { reserve: "reserved", cancel: "cancelled" } },
    reserved: { on: { pick: "picked" } },
    picked: { on: { pack: "packed" } },
    packed: { on: { ship: { target: "shipped", guard: "paid" } } },
    shipped: { on: { deliver: "delivered" } },
    delivered: { on: { invoice: { target: "invoiced", guard: "inTime" } } },
    invoiced: { on: { reopen: "draft" } },
    cancelled: { type: "final" },
  },
});

// Several rounds, after one that is not counted, each in nanoseconds for one event.
function measure(lap) {
  const round = () => {
    let events = 0;
    const start = performance.now();
    let end = start;
    while (end - start < ROUND_MS) {
      for (let number = 0; number < orders.length; number++) lap(number);
      events += orders.length * LAP.length;
      end = performance.now();
    }
    return ((end - start) * 1e6) / events;
  };
  round();
  return Array.from({ length: ROUNDS }, round);
}

function check(values) {
  if (!values.every((value) => value === "draft")) throw new Error("a lap ends where it began");
}

function pure() {
  const snapshots = orders.map((input) => initialTransition(machine, input)[0]);
  const rounds = measure((number) => {
    let snapshot = snapshots[number];
    for (const event of EVENTS) [snapshot] = transition(machine, snapshot, event);
    snapshots[number] = snapshot;
  });
  check(snapshots.map((snapshot) => snapshot.value));
  return rounds;
}

function sent() {
  const actors = orders.map((input) => createActor(machine, { input }).start());
  const rounds = measure((number) => {
    for (const event of EVENTS) actors[number].send(event);
  });
  check(actors.map((actor) => actor.getSnapshot().value));
  return rounds;
}

console.log(JSON.stringify(way === "send" ? sent() : pure()));
