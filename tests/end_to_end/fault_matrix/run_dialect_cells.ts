/**
 * Puts the matrix's cells to a dialect, many at once, and looks at what its client is told and at
 * what the ledger has.
 */
import { expect } from "@std/expect";
import type { LoggedRequest } from "../../../stand-in/control_client.ts";
import type { ErrorCode } from "../../../supabase/functions/_shared/core/app_error.ts";
import type { FreshProject } from "../../support/fresh_project.ts";
import { madeKey } from "../../support/made_key.ts";
import { type Cell, wholeAnswer } from "./cells.ts";
import type { TestedDialect, Told } from "./dialects.ts";
import { prepareCells, reportFailures } from "./run_cells.ts";

/** Errors after which the same request may succeed. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "bedrock_throttled",
  "bedrock_unavailable",
  "bedrock_timeout",
  "bedrock_model_error",
  "bedrock_bad_response",
  "bedrock_stream_truncated",
  "bedrock_stream_corrupt",
  "bedrock_unknown_frame",
]);

/** A request and its answer. */
interface Tried {
  readonly requestId: string;
  readonly told: Told;
}

/** What a cell's client did. */
interface Played {
  readonly keyId: string;
  readonly first: Tried;
  /** Null where the client was told not to send its request again, or could not be. */
  readonly again: Tried | null;
}

export async function runDialectCells(
  project: FreshProject,
  url: string,
  dialect: TestedDialect,
  cells: readonly Cell[],
): Promise<void> {
  await prepareCells(project, cells);
  const played = new Map<Cell, Played>();
  await reportFailures(cells, async (cell) => {
    played.set(cell, await playCell(project, url, dialect, cell));
  });
  const requestLog = await project.bedrock.requests();
  await reportFailures(cells, (cell) => {
    const calls = requestLog.filter(({ modelId }) => modelId === cell.modelId);
    return checkLedger(project, dialect, cell, played.get(cell)!, calls);
  });
}

async function playCell(
  { sql }: FreshProject,
  url: string,
  dialect: TestedDialect,
  cell: Cell,
): Promise<Played> {
  // No other model may help out.
  const { id: keyId, key } = await madeKey(sql, { models: [cell.modelId] });
  const ask = (retries: number) =>
    fetch(url + dialect.path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": key,
        "x-stainless-retry-count": String(retries),
      },
      body: JSON.stringify({
        model: cell.modelId,
        max_tokens: 1000,
        messages: [{ role: "user", content: cell.name }],
        ...(cell.streaming && { stream: true, ...dialect.streamOptions }),
      }),
    });
  const response = await ask(0);
  const mayAsk = response.headers.get("x-should-retry");
  const first = await checkResponse(dialect, cell, response);
  if (mayAsk !== "true") return { keyId, first, again: null };
  const well: Cell = { ...cell, error: null, kept: "all" };
  return { keyId, first, again: await checkResponse(dialect, well, await ask(1)) };
}

/** Looks at an answer's head and, by its status and its way, at its body. */
async function checkResponse(
  dialect: TestedDialect,
  cell: Cell,
  response: Response,
): Promise<Tried> {
  const { status, headers } = response;
  const body = await response.text();
  const { error, kept } = cell;
  const typed = error && typedError(dialect, error.code);
  const isRefused = typed !== null && kept === "nothing";
  expect([status, headers.get("x-should-retry")]).toEqual(
    isRefused ? [typed.status, String(passing.has(error!.code))] : [200, null],
  );
  const isStream = cell.streaming && !isRefused;
  expect(headers.get("content-type")).toContain(isStream ? "text/event-stream" : "json");
  expect(headers.get("x-switchboard-model")).toBe(cell.modelId);
  const requestId = headers.get("x-request-id") ?? "";
  expect(headers.get("request-id")).toBe(requestId);

  const told = isStream ? dialect.readStream(body) : dialect.readAnswer(JSON.parse(body));
  checkText(cell, told);
  expect(told.error).toEqual(
    typed === null ? null : dialect.errorBody(typed, wordsOf(dialect, cell), requestId),
  );
  const whole = dialect.ends[cell.streaming ? "streamed" : "plain"];
  expect(told.ends).toEqual(error === null ? whole : []);
  return { requestId, told };
}

function checkText({ kept }: Cell, { text }: Told): void {
  switch (kept) {
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
      kept satisfies never;
  }
}

function typedError({ name, errors }: TestedDialect, code: ErrorCode) {
  const error = errors[code];
  if (error === undefined) throw new Error(`what ${name} makes of ${code} is not written down`);
  return error;
}

/** AWS's own words of a request that it refused, and nothing of AWS in any other error. */
function wordsOf({ name }: TestedDialect, { error, fault }: Cell): unknown {
  switch (error?.code) {
    case "bedrock_request_refused":
    case "bedrock_refusal_unknown":
    case "input_too_long":
      break;
    default:
      return expect.stringMatching(/^The request cannot be answered at present\./);
  }
  const isValidation = "exception" in fault && fault.exception === "ValidationException";
  if (!isValidation) return expect.stringMatching(/^The request cannot be answered at present\./);
  const words = fault.message?.replace("The model returned the following errors: ", "") ?? "";
  const mustBegin = name === "anthropic" && error.code === "input_too_long";
  return mustBegin && !words.startsWith("prompt is too long")
    ? expect.stringMatching(/^prompt is too long: ./)
    : words;
}

/** Compares what the stand-in served with the ledger: each request once, with its figures. */
async function checkLedger(
  { sql }: FreshProject,
  { name }: TestedDialect,
  cell: Cell,
  { keyId, first, again }: Played,
  calls: readonly LoggedRequest[],
): Promise<void> {
  expect({ calls: calls.length }).toEqual({ calls: cell.calls + (again === null ? 0 : 1) });
  const rows = await sql`
    select question_id, purpose, surface, conversation_id, api_key_id, client_retries, status,
      model_id, error_code, input_tokens, output_tokens, usage_estimated,
      cost_usd::float as cost_usd
    from ai_usage where model_id = ${cell.modelId} order by client_retries, unanswered_call desc`;
  const ended = rows.filter(({ status }) => status !== "unanswered");
  const well = { kept: "all", error: null, known: { input: true, output: true }, billed: true };
  const common = {
    purpose: "call",
    surface: name,
    conversation_id: null,
    api_key_id: keyId,
    model_id: cell.modelId,
  };
  const expected = [
    { ...cell, tried: first, served: calls[cell.calls - 1] },
    ...(again === null ? [] : [{ ...well, tried: again, served: calls[cell.calls] }]),
  ];
  expect(ended).toEqual(expected.map(({ kept, error, known, billed, tried, served }, nth) => {
    const count = (isKnown: boolean, told: number | null | undefined) => {
      if (isKnown) return told ?? NaN;
      return billed ? expect.any(Number) : null;
    };
    const cost = (ended[nth]?.input_tokens + 2 * ended[nth]?.output_tokens) / 1e6;
    const failed = kept === "nothing" ? "failed" : "partial";
    return {
      ...common,
      question_id: tried.requestId,
      client_retries: nth,
      status: error === null ? "complete" : failed,
      error_code: error?.code ?? null,
      input_tokens: count(known.input, served?.inputTokens),
      output_tokens: count(known.output, served?.outputTokens),
      usage_estimated: billed && !(known.input && known.output),
      cost_usd: billed ? expect.closeTo(cost) : null,
    };
  }));
  for (const [nth, { error, tried }] of expected.entries()) {
    const { input_tokens: input, output_tokens: output } = ended[nth]!;
    expect(tried.told.tokens).toEqual(error === null ? { input, output } : null);
  }
  const unanswered = rows.filter(({ status }) => status === "unanswered");
  expect(unanswered).toEqual(
    Array.from({ length: cell.unanswered }, () => expect.objectContaining(common)),
  );
  expect(new Set(unanswered.map(({ question_id }) => question_id)))
    .toEqual(new Set(cell.unanswered > 0 ? [first.requestId] : []));
}
