/** Compares what the clients of calls saw with the ledger. */
import type postgres from "postgres";
import type { AskedCall } from "./call_client.ts";
import type { ChatProcesses } from "./chat_processes.ts";
import type { Output } from "./output.ts";
import type { Switch } from "./trouble.ts";

interface StoredCall {
  readonly id: string;
  readonly status: string;
  readonly surface: string;
  readonly model_id: string | null;
  readonly registry_version: number | null;
  readonly output_tokens: number | null;
  readonly usage_estimated: boolean;
  readonly has_cost: boolean;
  readonly client_retries: number | null;
}

export interface CallFacts {
  readonly sql: postgres.Sql;
  readonly calls: readonly AskedCall[];
  readonly output: Output;
  readonly processes: ChatProcesses;
  readonly switches: readonly Switch[];
  /** Answers that the stand-in gave in full, by the word in the question. */
  readonly served: ReadonlyMap<string, number>;
}

/** What is not as it must be, one line each. */
export async function findCallFaults(facts: CallFacts): Promise<string[]> {
  const { calls, served, output } = facts;
  const rows = Map.groupBy(await storedCalls(facts.sql), ({ id }) => id);
  const faults: string[] = [];
  for (const call of calls) {
    const own = call.id === null ? [] : rows.get(call.id) ?? [];
    for (const fault of callFaults(call, own, facts)) {
      faults.push(`call ${call.id} of ${call.dialect}: ${fault}`);
    }
  }
  for (const tries of Map.groupBy(calls, ({ word }) => word).values()) {
    const ids = tries.flatMap(({ id, sighting }) => sighting.kind === "lost" ? [] : id ?? []);
    const onRecord = ids.flatMap((id) => rows.get(id) ?? []).length;
    const answers = served.get(tries[0]?.word ?? "") ?? 0;
    const areAllKnown = ids.length === tries.length && !ids.some((id) => isLost(id, facts));
    if (areAllKnown && answers > onRecord) {
      faults.push(`calls ${ids}: ${answers} whole answers for ${onRecord} calls on record`);
    }
  }
  const seen = new Set(calls.map(({ id }) => id));
  const unseen = [...rows.keys()].filter((id) => !seen.has(id)).length;
  const unnamed = calls.filter(({ id }) => id === null).length;
  if (unseen > unnamed) faults.push(`the ledger has ${unseen} calls that were not made`);
  for (const [id, { lines }] of output.callLines) {
    if (lines > 1) faults.push(`call ${id}: ${lines} log lines`);
  }
  return faults;
}

/** Finished calls that are not in the ledger, though their process is still there to store them. */
export async function unsettledCalls(facts: CallFacts): Promise<number> {
  const rows = new Set((await storedCalls(facts.sql)).map(({ id }) => id));
  return facts.calls.filter(({ id, sighting }) =>
    sighting.kind === "finished" && id !== null && !rows.has(id) && !isLost(id, facts)
  ).length;
}

function storedCalls(sql: postgres.Sql): Promise<readonly StoredCall[]> {
  return sql<StoredCall[]>`
    select question_id as id, status, surface, model_id, registry_version::int, output_tokens,
      usage_estimated, cost_usd is not null as has_cost, client_retries
    from ai_usage where purpose = 'call'`;
}

/** Whether its process was killed while the ledger was out of reach; its client was told the end. */
function isLost(id: string, { output, processes }: CallFacts): boolean {
  const line = output.callLines.get(id);
  return line !== undefined && !line.persisted && processes.killed.has(line.from);
}

function* callFaults(
  call: AskedCall,
  rows: readonly StoredCall[],
  facts: CallFacts,
): Generator<string> {
  const { id, sighting, askedAt, registryVersion } = call;
  const [row, ...others] = rows.filter(({ status }) => status !== "unanswered");
  if (others.length > 0) yield `is ${rows.length} times in the ledger`;
  const missed = registryVersion !== null && id !== null && !facts.output.stale.has(id) &&
    facts.switches.find(({ committedBy, version }) =>
      committedBy < askedAt && version > registryVersion
    );
  if (missed) yield `begun with version ${registryVersion} after ${missed.version} was there`;
  if (row !== undefined) {
    if (row.surface !== call.dialect) yield `is in the ledger as one of ${row.surface}`;
    if (row.client_retries !== call.retries) yield `counts ${row.client_retries} retries`;
    if (registryVersion !== null && row.registry_version !== registryVersion) {
      yield `told version ${registryVersion}, and ${row.registry_version} is stored`;
    }
  }
  switch (sighting.kind) {
    case "finished":
      if (id === null) yield "was answered without an id";
      else if (row === undefined) {
        if (!isLost(id, facts)) yield "was seen finished and is not in the ledger";
      } else if (row.status !== "complete") {
        yield `was seen finished and is stored as ${row.status}`;
      } else {
        if (!row.has_cost) yield "lacks its cost";
        if (call.model !== null && row.model_id !== call.model) yield `is ${row.model_id}'s`;
        // A client is told no estimate.
        if (!row.usage_estimated && row.output_tokens !== sighting.outputTokens) {
          yield `told ${sighting.outputTokens} tokens, and ${row.output_tokens} are stored`;
        }
      }
      break;
    case "broken-off":
    case "refused":
      if (row?.status === "complete") yield `was ${sighting.kind} and is stored as complete`;
      break;
    case "lost":
      break;
    default:
      sighting satisfies never;
  }
}
