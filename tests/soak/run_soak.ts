/** A soak: users, faults, crashes, outages and switches all at once, then a look at the books. */
import { BedrockStandInControl, type LoggedRequest } from "../../stand-in/control_client.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { connect } from "../support/connect.ts";
import { type Persona, personas, signIn } from "../support/project_client.ts";
import { ChatProcesses, dialects } from "./chat_processes.ts";
import { findFaults } from "./checks.ts";
import { findCallFaults, unsettledCalls } from "./call_checks.ts";
import { type AskedCall, callAway } from "./call_client.ts";
import { ask, chatAway, pause } from "./client.ts";
import {
  findLimitFaults,
  letDeadlinesPass,
  makeKeys,
  pendingRequests,
  registerConverseModel,
  setHighLimits,
} from "./database.ts";
import { isSettled, Ledger, userWord } from "./ledger.ts";
import { LossyWay } from "./lossy_way.ts";
import { Output } from "./output.ts";
import { Random } from "./random.ts";
import { Trouble } from "./trouble.ts";

export interface SoakOptions {
  /** How long new turns begin; what follows takes less than a minute. */
  readonly ms: number;
  /** Turns that are waited for, also where a busy machine takes longer than `ms`; 0. */
  readonly leastTurns?: number;
  readonly seed: number;
  /** Path of the Deno that runs the functions. Default: this one. */
  readonly functionsDeno?: string | undefined;
  /** Users who act at the same time; 8. */
  readonly clients?: number;
  /** Milliseconds between restarts of Postgres and between crashes, on average; 15,000. */
  readonly outageEveryMs?: number;
  /** Ends it early, as it would end by itself. */
  readonly signal?: AbortSignal;
  /** Told how it goes. */
  readonly log: (line: string) => void;
}

export interface SoakResult {
  readonly turns: number;
  /** Calls of `openai` and `anthropic`. */
  readonly calls: number;
  /** What is not as it must be; empty when all is well. */
  readonly faults: readonly string[];
}

/** Deadline of a turn. Short, so that a model that hangs costs the soak little. */
const chatTimeoutMs = 4_000;

/** Most that the memory of a process may grow after its warm-up, in bytes. */
const mostGrowth = 64 * 1024 * 1024;

/** Most turns of a user a minute, so that the load has a bound on a fast machine. */
const mostTurnsPerMinute = 240;

const models = [
  "eu.amazon.nova-pro-v1:0",
  "eu.amazon.nova-lite-v1:0",
  "eu.anthropic.claude-haiku-5-5",
  "eu.anthropic.claude-sonnet-5-5",
  "openai.gpt-oss-120b-1:0",
];

/** Runs a soak on a stack of its own, with free ports and state that goes away. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const stateDir = await Deno.makeTempDir({ prefix: "switchboard-soak-" });
  // Root runs Postgres as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  const output = new Output();
  const stack = await startStack({
    stateDir,
    functionsDeno: options.functionsDeno,
    env: { CHAT_TIMEOUT_MS: String(chatTimeoutMs), BEDROCK_RETRY_BASE_MS: "20" },
    log: (line) => output.takeFromStack(line),
  });
  const random = new Random(options.seed);
  const way = new LossyWay(stack.apiUrl, random.fork());
  const processes = new ChatProcesses({
    env: { ...stack.functionsEnv, SUPABASE_URL: way.url },
    deno: options.functionsDeno,
    output,
  });
  try {
    await processes.start();
    return await soak({ stack, processes, way, output, random }, options);
  } finally {
    await processes.stop();
    await way.close();
    await stack.stop();
    await Deno.remove(stateDir, { recursive: true });
  }
}

interface Parts {
  readonly stack: Stack;
  readonly processes: ChatProcesses;
  readonly way: LossyWay;
  readonly output: Output;
  readonly random: Random;
}

async function soak(
  { stack, processes, way, output, random }: Parts,
  { ms, leastTurns = 0, clients = 8, outageEveryMs = 15_000, signal, log }: SoakOptions,
): Promise<SoakResult> {
  const bedrock = new BedrockStandInControl(stack.bedrockUrl);
  const dbPort = Number(new URL(stack.dbUrl).port);
  await registerConverseModel(dbPort);
  const names = Object.keys(personas) as Persona[];
  const tokens = new Map<Persona, string>();
  for (const persona of names) tokens.set(persona, await signIn(stack, persona));

  const keys = await makeKeys(dbPort);
  await setHighLimits(dbPort);

  const ledger = new Ledger();
  const calls: AskedCall[] = [];
  const ended = new AbortController();
  const over = AbortSignal.any([ended.signal, ...(signal ? [signal] : [])]);
  const requestLog = new Map<number, LoggedRequest>();
  const readRequestLog = async () => {
    for (const entry of await bedrock.requests()) requestLog.set(entry.number, entry);
  };
  const urls = () => [...processes.urlsOf("chat"), `${stack.apiUrl}/functions/v1/chat`];
  const conversations = new Map(names.map((persona) => [persona, [] as string[]]));
  const clientOf = (persona: Persona) => ({
    token: tokens.get(persona) ?? "",
    urls,
    random,
    conversations: conversations.get(persona) ?? [],
  });
  const trouble = new Trouble({
    stack,
    bedrock,
    processes,
    way,
    models,
    over,
    outageEveryMs,
    random: random.fork(),
  });

  const startedAt = performance.now();
  let warmMemory: number | null = null;
  const watch = async () => {
    while (!over.aborted) {
      await pause(Math.min(3_000, ms / 6));
      await readRequestLog();
      const memory = await processes.memory();
      const elapsed = performance.now() - startedAt;
      if (elapsed >= ms && ledger.turns.length >= leastTurns) ended.abort();
      if (elapsed > ms / 3) warmMemory ??= memory;
      log(
        `${Math.round(elapsed / 1000)} s: ${ledger.turns.length} turns, ` +
          `${ledger.count("finished")} answers, ${ledger.count("broken-off")} broken off, ` +
          `${ledger.count("refused")} refused, ${
            ledger.count("lost")
          } lost; ${calls.length} calls; ` +
          `${trouble.faults} faults, ${trouble.restarts} restarts, ${processes.kills} kills, ${way.lost} calls of the database lost, ` +
          `${trouble.switches.length} switches; ${megabytes(memory)} MB`,
      );
    }
  };
  const mostTurns = Math.ceil(mostTurnsPerMinute * ms / 60_000);
  await Promise.all([
    trouble.run(),
    watch(),
    ...Array.from({ length: clients }, (_, n) => {
      const persona = names[n % names.length] ?? "patient";
      const own = { persona, models, ledger, over, mostTurns, random: random.fork() };
      return chatAway({ ...clientOf(persona), ...own });
    }),
    ...dialects.map((dialect) => {
      const { apiUrl } = stack;
      const own = { dialect, keys, models, apiUrl, processes, calls, over };
      return callAway({ ...own, mostCalls: mostTurns, random: random.fork() });
    }),
  ]);

  log("No new turns, no more trouble: everybody asks again for what they do not know yet.");
  const askAgain = async () => {
    const pending = await pendingRequests(dbPort);
    for (const turn of ledger.turns) {
      if (!isSettled(turn) || pending.has(turn.requestId)) {
        await ask(turn, clientOf(turn.persona), null);
      }
    }
  };
  // First what is being stored in the background, then what a killed process left behind, also
  // where the client had heard that the turn failed and the process died before it was stored.
  for (let n = 0; n < 20 && (await pendingRequests(dbPort)).size > 0; n++) await pause(500);
  await letDeadlinesPass(dbPort);
  await askAgain();
  for (let n = 0; n < 8 && (await pendingRequests(dbPort)).size > 0; n++) await askAgain();
  await readRequestLog();

  const memory = await processes.memory();
  const sql = connect({ port: dbPort });
  try {
    const { switches } = trouble;
    const served = countServed([...requestLog.values()]);
    const faults = await findFaults({ sql, ledger, output, processes, switches, served });
    const callFacts = { sql, calls, output, processes, switches, served };
    for (let n = 0; n < 40 && await unsettledCalls(callFacts) > 0; n++) await pause(500);
    faults.push(...await findCallFaults(callFacts), ...await findLimitFaults(dbPort));
    const growth = memory - (warmMemory ?? memory);
    if (growth > mostGrowth) {
      faults.push(`the memory of a process grew by ${megabytes(growth)} MB after its warm-up`);
    }
    log(
      `${ledger.turns.length} turns, ${calls.length} calls, ${output.lines} log lines. Memory of a process: ` +
        `${megabytes(warmMemory ?? memory)} MB warm, ${megabytes(memory)} MB at the end.`,
    );
    return { turns: ledger.turns.length, calls: calls.length, faults };
  } finally {
    await sql.end();
  }
}

/** Whole answers that the stand-in gave and that arrived, by the id in the question. */
function countServed(requestLog: readonly LoggedRequest[]): Map<string, number> {
  const harmless = new Set(["latency", "frame-latency", "fragment"]);
  const pattern = new RegExp(`${userWord} ([0-9a-f-]{36})`, "g");
  const served = new Map<string, number>();
  for (const entry of requestLog) {
    const isWhole = entry.status === 200 && entry.finished && !entry.clientDisconnected &&
      entry.exception === null && entry.faults.every((fault) => harmless.has(fault));
    const requestId = [...JSON.stringify(entry.body).matchAll(pattern)].at(-1)?.[1];
    if (isWhole && requestId !== undefined) {
      served.set(requestId, (served.get(requestId) ?? 0) + 1);
    }
  }
  return served;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
