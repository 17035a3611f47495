/** Compares what clients saw with what is stored and with what was printed. */
import type postgres from "postgres";
import type { ChatProcesses } from "./chat_processes.ts";
import { type AskedTurn, isSettled, type Ledger } from "./ledger.ts";
import type { Output } from "./output.ts";
import type { Switch } from "./trouble.ts";

interface StoredTurn {
  readonly request_id: string;
  readonly question_status: string;
  /** Whether its process was killed before it had stored the end. */
  readonly is_abandoned: boolean;
  readonly attempt: number;
  /** Calls that gave no answer, which the ledger has beside the attempts. */
  readonly unanswered: number;
  readonly begun_at: Date;
  readonly id: string | null;
  readonly content: string | null;
  readonly status: string | null;
  readonly error_code: string | null;
  readonly registry_version: number | null;
  /** Whether the answer has every figure that a whole answer has. */
  readonly has_figures: boolean;
  readonly has_times: boolean;
}

export interface SoakFacts {
  readonly sql: postgres.Sql;
  readonly ledger: Ledger;
  readonly output: Output;
  readonly processes: ChatProcesses;
  readonly switches: readonly Switch[];
  /** Answers that the stand-in gave in full, by request id. */
  readonly served: ReadonlyMap<string, number>;
}

/** What is not as it must be, one line each. */
export async function findFaults(facts: SoakFacts): Promise<string[]> {
  const { sql, ledger, output, processes, switches, served } = facts;
  const stored = await sql<StoredTurn[]>`
    select q.request_id, q.status as question_status, q.attempt, q.begun_at,
      coalesce(q.error_code = 'turn_abandoned', false) as is_abandoned,
      (select count(*) from ai_usage as u where u.question_id = q.id and u.status = 'unanswered')::int
        as unanswered,
      a.id, a.content, a.status, a.error_code, a.registry_version::int,
      a.input_tokens is not null and a.output_tokens is not null and a.cost_usd is not null
        as has_figures,
      a.response_time_ms is not null and a.time_to_first_token_ms is not null as has_times
    from ai_messages as q
    left join ai_messages as a on a.conversation_id = q.conversation_id and a.seq = q.seq + 1
    where q.role = 'user'`;
  const byRequest = Map.groupBy(stored, (row) => row.request_id);
  const faults: string[] = [];
  for (const turn of ledger.turns) {
    const rows = byRequest.get(turn.requestId) ?? [];
    for (const fault of turnFaults(turn, rows)) faults.push(`turn ${turn.requestId}: ${fault}`);
    const attempts = rows[0]?.attempt ?? 0;
    const answers = served.get(turn.requestId) ?? 0;
    // A model that was given up may have sent the rest all the same; such a call is in the ledger.
    const calls = attempts + (rows[0]?.unanswered ?? 0);
    if (answers > calls) {
      faults.push(`turn ${turn.requestId}: ${answers} whole answers for ${calls} calls on record`);
    }
    const lines = output.turnLines.get(turn.requestId) ?? 0;
    if (lines > attempts) {
      faults.push(`turn ${turn.requestId}: ${lines} log lines for ${attempts} attempts`);
    }
  }
  for (const row of stored) {
    const version = row.registry_version;
    if (version === null || output.stale.has(row.request_id)) continue;
    const missed = switches.find((each) =>
      each.committedBy < row.begun_at && each.version > version
    );
    if (missed) {
      faults.push(
        `turn ${row.request_id}: begun with version ${version} after ${missed.version} was there`,
      );
    }
  }
  const lists: readonly [string, readonly string[]][] = [
    ["printed what is no JSON", output.strange],
    ["printed users' words", output.leaks],
    ["lost the end of a turn or a call", output.losses],
    ["failed inside", output.internalErrors],
    ["ended by itself", processes.deaths],
  ];
  for (const [what, lines] of lists) {
    for (const line of lines.slice(0, 5)) faults.push(`a process ${what}: ${line}`);
    if (lines.length > 5) faults.push(`… and ${lines.length - 5} more`);
  }
  return faults;
}

function* turnFaults(
  turn: AskedTurn,
  rows: readonly StoredTurn[],
): Generator<string> {
  const { sightings } = turn;
  if (rows.length > 1) yield `stored ${rows.length} times`;
  const [row] = rows;
  if (row?.question_status === "pending") yield "still pending after its deadline";
  // The process was killed after its client had heard the end, who therefore did not ask again.
  const isLost = row !== undefined && row.id === null && row.is_abandoned && isSettled(turn);
  if (row !== undefined && row.question_status !== "pending" && row.id === null && !isLost) {
    yield `ended as ${row.question_status} without a message that says so`;
  }
  if (row?.status === "complete" && !(row.has_figures && row.has_times)) yield "lacks figures";
  for (const sighting of sightings) {
    switch (sighting.kind) {
      case "finished":
        if (sighting.streamed !== null && sighting.streamed !== sighting.content) {
          yield "streamed another text than its end says";
        }
        if (row === undefined) yield "was seen finished and is not stored";
        else if (row.id !== sighting.messageId || row.content !== sighting.content) {
          // A client whose answer was not stored yet may find another one, where the
          // process that was to store it was killed and the turn taken up again.
          if (sighting.persisted || row.attempt === 1 && !isLost) {
            yield "stored another answer than was given";
          }
        } else if (row.status !== sighting.status) {
          yield `was seen as ${sighting.status} and is stored as ${row.status}`;
        }
        break;
      case "broken-off":
        if (row?.status === "partial" && row.content !== sighting.streamed) {
          yield "stored another part than was streamed";
        }
        break;
      case "refused":
      case "lost":
        break;
      default:
        sighting satisfies never;
    }
  }
}
