/** Runs a soak: `deno task soak`. Ends with 0 when everything is as it must be, else with 1. */
import { parseArgs } from "node:util";
import { runSoak } from "./run_soak.ts";

const usage =
  `Lets users, API clients, faults, crashes, outages and switches loose on a stack of its own.

  deno task soak [--minutes <n>] [--seed <n>]

  --minutes <n>  how long, 3 by default
  --seed <n>     repeats the choices of a run, if not its pace; a random one by default`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    help: { type: "boolean", short: "h" },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (values.help || !(minutes > 0 && minutes <= 60) || !Number.isSafeInteger(seed)) {
  console.log(usage);
  Deno.exit(values.help ? 0 : 2);
}

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => interruption.abort());
}

// The API of the stack runs in this process and prints every refusal, of which there are hundreds.
for (const method of ["warn", "error"] as const) {
  const print = console[method];
  console[method] = (...args) => {
    if (!Deno.inspect(args[0]).startsWith("api: ")) print(...args);
  };
}

console.log(`A soak of ${minutes} minutes with seed ${seed}.`);
const { turns, calls, faults } = await runSoak({
  ms: minutes * 60_000,
  seed,
  signal: interruption.signal,
  log: (line) => console.log(line),
});
for (const fault of faults) console.log(fault);
console.log(
  faults.length === 0
    ? `All is as it must be after ${turns} turns and ${calls} calls.`
    : `${faults.length} faults after ${turns} turns and ${calls} calls, with seed ${seed}.`,
);
Deno.exit(faults.length === 0 ? 0 : 1);
