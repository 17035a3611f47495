/** Takes the turns of the matrix's cells, many at once, and looks at what came of each. */
import { expect } from "@std/expect";
import type { LoggedRequest } from "../../../stand-in/control_client.ts";
import { collectEvents, type ReceivedEvent, textOfEvents } from "../../support/event_stream.ts";
import type { FreshProject } from "../../support/fresh_project.ts";
import { type Answer, chat } from "../../support/project_client.ts";
import { type Cell, wholeAnswer } from "./cells.ts";

/** Cells that run at the same time. */
const atOnce = 8;

const likes = {
  nova: "amazon.nova-pro-v1:0",
  claude: "anthropic.claude-3-5-sonnet-20241022-v2:0",
  converse: "openai.gpt-oss-120b-1:0",
} as const;

/**
 * Registers the cells' models with the project and with the stand-in, and adds their fault rules.
 */
export async function prepareCells(
  { sql, bedrock }: FreshProject,
  cells: readonly Cell[],
): Promise<void> {
  const rows = cells.map(({ modelId, format }) => ({
    model_id: modelId,
    model_name: modelId,
    provider: "matrix",
    format,
    geographies: ["eu"],
    max_tokens: 1000,
    context_window: 100_000,
    input_cost_per_mtok: 1,
    output_cost_per_mtok: 2,
    cache_read_cost_per_mtok: 0,
    cache_write_cost_per_mtok: 0,
    provider_retention: "none",
    is_available: true,
    priority: 1000,
  }));
  await sql`insert into bedrock_models ${sql(rows)}`;
  for (const { modelId, format, fault, times } of cells) {
    await bedrock.setModel(modelId, { like: likes[format], name: modelId, onDemand: true });
    await bedrock.addFaultRule(fault, { model: modelId, times });
    const content = [{ type: "text", text: wholeAnswer } as const];
    await bedrock.scriptAnswer({ content }, { model: modelId, times: 5 });
  }
}

/** Runs cells, many at once, and throws one error that says what is wrong with which. */
export async function reportFailures(
  cells: readonly Cell[],
  run: (cell: Cell) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  const waiting = [...cells];
  const work = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
      try {
        await run(cell);
      } catch (error) {
        failures.push(`${cell.name}:\n${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failures.length > 0) {
    throw new Error(`${failures.length} of ${cells.length} cells:\n\n${failures.join("\n\n")}`);
  }
}

/** Runs cells in which no other model may help out. */
export async function runCells(
  project: FreshProject,
  url: string,
  cells: readonly Cell[],
): Promise<void> {
  await prepareCells(project, cells);
  await reportFailures(cells, (cell) => runCell(project, url, cell));
  const requestLog = await project.bedrock.requests();
  await reportFailures(cells, (cell) => {
    const calls = requestLog.filter(({ modelId }) => modelId === cell.modelId);
    return checkBill(project, cell, calls);
  });
}

interface StoredMessage {
  readonly role: string;
  readonly status: string;
  readonly content: string;
  readonly error_code: string | null;
  readonly conversation_id: string;
  readonly id: string;
}

async function runCell(project: FreshProject, url: string, cell: Cell): Promise<void> {
  const requestId = crypto.randomUUID();
  const body = { message: cell.name, model_id: cell.modelId, fallback: false };
  const token = await project.token("facility");
  const ask = (more: Record<string, unknown>) => chat(project, token, { ...body, ...more }, url);
  const first = { request_id: requestId };
  const kept = cell.streaming
    ? checkEvents(cell, await collectEvents(await openStream(url, token, { ...body, ...first })))
    : checkAnswer(cell, await ask(first));

  const rows = await project.sql<StoredMessage[]>`
    select role, status, content, error_code, conversation_id, id from ai_messages
    where request_id = ${requestId} order by seq`;
  const code = cell.error?.code ?? null;
  const status = cell.error === null ? "complete" : kept === "" ? "failed" : "partial";
  expect(rows).toMatchObject([
    { role: "user", status: kept === "" ? "failed" : "complete", error_code: code },
    { role: "assistant", status, content: kept, error_code: code },
  ]);

  const conversation_id = rows[0]?.conversation_id;
  if (kept !== "") {
    const again = await ask(first);
    expect(again.body.message).toMatchObject({ id: rows[1]?.id, content: kept, status });
  }
  if (isGoneForGood(cell)) {
    const next = await ask({ message: "And now?", conversation_id, model_id: undefined });
    expect([next.status, next.body.model?.reason]).toEqual([200, "assistant"]);
    return;
  }
  const next = await ask({ message: "And now?", conversation_id });
  expect([next.status, next.body.error?.code]).toEqual([200, undefined]);
  expect(next.body).toMatchObject({
    conversation_id,
    message: { content: wholeAnswer, status: "complete" },
    model: { model_id: cell.modelId, reason: kept === "" ? "requested" : "pinned" },
    history: { messages_sent: kept === "" ? 0 : 2 },
  });
}

/** Whether the model cannot be asked for any more. */
function isGoneForGood({ error }: Cell): boolean {
  return error?.code === "bedrock_model_end_of_life";
}

/** @returns the text that the client got, to be kept */
function checkAnswer(cell: Cell, { status, body }: Answer): string {
  if (cell.error === null) {
    expect([status, body.error?.code]).toEqual([200, undefined]);
    expect(body.message.content).toBe(wholeAnswer);
    return wholeAnswer;
  }
  expect([status, body.error?.code]).toEqual([cell.error.status, cell.error.code]);
  expect(body).toEqual({
    success: false,
    error: expect.objectContaining({
      message: expect.any(String),
      request_id: expect.any(String),
    }),
  });
  return "";
}

/** @returns the text that the client got, to be kept */
function checkEvents(cell: Cell, events: readonly ReceivedEvent[]): string {
  const text = textOfEvents(events);
  const order = events.map(({ event }) => event).filter((event) => event !== "text-delta");
  const last = events.at(-1);
  switch (cell.kept) {
    case "nothing":
      expect(text).toBe("");
      break;
    case "a-part":
      expect(text).not.toBe("");
      expect(text.length).toBeLessThan(wholeAnswer.length);
      expect(wholeAnswer.startsWith(text)).toBe(true);
      break;
    case "all":
      expect(text).toBe(wholeAnswer);
      break;
    default:
      cell.kept satisfies never;
  }
  if (cell.error === null) {
    expect(order).toEqual(["turn-start", "usage", "done"]);
    expect(last?.data.message).toMatchObject({ content: text, status: "complete" });
    return text;
  }
  expect(order).toEqual(text === "" ? ["error"] : ["turn-start", "error"]);
  expect(last?.data).toMatchObject({
    code: cell.error.code,
    message: expect.any(String),
    retryable: expect.any(Boolean),
    stored: { status: text === "" ? "failed" : "partial", characters: text.length },
  });
  return text;
}

/** Compares what the stand-in served with what is stored: each answer once, with its figures. */
async function checkBill(
  { sql }: FreshProject,
  cell: Cell,
  calls: readonly LoggedRequest[],
): Promise<void> {
  expect({ calls: calls.length }).toEqual({ calls: cell.calls + (isGoneForGood(cell) ? 0 : 1) });
  const [answer, ...others] = await sql`
    select m.input_tokens, m.output_tokens, m.cost_usd::float as cost_usd, m.response_time_ms,
      m.time_to_first_token_ms, m.status, m.usage_estimated
    from ai_messages as m
    join ai_messages as q on q.conversation_id = m.conversation_id and q.seq = m.seq - 1
    where m.role = 'assistant' and m.model_used = ${cell.modelId} and q.content = ${cell.name}`;
  expect(others).toEqual([]);
  const served = calls[cell.calls - 1];
  const { known, billed } = cell;
  const count = (isKnown: boolean, told: number | null | undefined) => {
    if (isKnown) return told ?? NaN;
    return billed ? expect.any(Number) : null;
  };
  const cost = (answer?.input_tokens + 2 * answer?.output_tokens) / 1e6;
  expect(answer).toMatchObject({
    input_tokens: count(known.input, served?.inputTokens),
    output_tokens: count(known.output, served?.outputTokens),
    usage_estimated: billed && !(known.input && known.output),
    cost_usd: billed ? expect.closeTo(cost) : null,
    response_time_ms: expect.any(Number),
    time_to_first_token_ms: cell.kept === "nothing" ? null : expect.any(Number),
  });
}

/** Asks for a stream, and makes sure that it is one. */
export async function openStream(url: string, token: string, body: unknown): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ ...body as object, stream: true }),
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  return response;
}
