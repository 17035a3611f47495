/** Clients of `openai` and `anthropic`, with API keys, who hurry, leave and try again. */
import type { ChatProcesses, DialectName } from "./chat_processes.ts";
import { pause } from "./client.ts";
import { userWord } from "./ledger.ts";
import type { Random } from "./random.ts";

/** What a client saw of a call's end. */
export type CallSighting =
  | { readonly kind: "finished"; readonly outputTokens: number | null }
  /** An error, before any of the answer or in it. */
  | { readonly kind: "refused"; readonly retryable: boolean }
  | { readonly kind: "broken-off" }
  /** The connection ended before the call did. */
  | { readonly kind: "lost" };

/** One request, and what came of it. A client's next try is another call. */
export interface AskedCall {
  /** In the question. */
  readonly word: string;
  readonly dialect: DialectName;
  readonly askedAt: Date;
  readonly retries: number;
  /** From the answer's head; null where there was none, or one of the gateway's. */
  id: string | null;
  model: string | null;
  registryVersion: number | null;
  sighting: CallSighting;
}

export interface CallClientOptions {
  readonly dialect: DialectName;
  /** One of them has an assistant of its own. */
  readonly keys: readonly string[];
  readonly models: readonly string[];
  readonly apiUrl: string;
  readonly processes: ChatProcesses;
  readonly calls: AskedCall[];
  readonly random: Random;
  /** Aborted when no new call is to begin. */
  readonly over: AbortSignal;
  readonly mostCalls: number;
}

const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" };

/** Makes calls one after the other until it is over. */
export async function callAway(options: CallClientOptions): Promise<void> {
  const { random, over, mostCalls } = options;
  for (let n = 0; n < mostCalls && !over.aborted; n++) {
    const word = crypto.randomUUID();
    const stream = random.chance(0.6);
    const leaveAfterMs = random.chance(0.15) ? random.between(5, 400) : null;
    for (let retries = 0; retries < 3; retries++) {
      const { sighting } = await callOnce(options, word, stream, retries, leaveAfterMs);
      if (sighting.kind !== "refused" || !sighting.retryable) break;
      await pause(random.between(100, 600));
    }
    await pause(random.between(20, 200));
  }
}

async function callOnce(
  { dialect, keys, models, apiUrl, processes, calls, random }: CallClientOptions,
  word: string,
  stream: boolean,
  retries: number,
  leaveAfterMs: number | null,
): Promise<AskedCall> {
  const base = random.pick([...processes.urlsOf(dialect), `${apiUrl}/functions/v1/${dialect}`]);
  const model = random.chance(0.7) ? "default" : random.pick([...models, "assistant/health"]);
  const call: AskedCall = {
    word,
    dialect,
    askedAt: new Date(),
    retries,
    id: null,
    model: null,
    registryVersion: null,
    sighting: { kind: "lost" },
  };
  calls.push(call);
  const leaving = new AbortController();
  const timer = leaveAfterMs === null ? undefined : setTimeout(() => leaving.abort(), leaveAfterMs);
  try {
    const response = await fetch(`${base}${paths[dialect]}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${random.pick(keys)}`,
        "content-type": "application/json",
        "x-stainless-retry-count": String(retries),
      },
      body: JSON.stringify({
        model,
        max_tokens: 300,
        messages: [{ role: "user", content: `${userWord} ${word}: wie geht es dir, 世界 👋🏽?` }],
        stream,
        ...(dialect === "openai" && stream && { stream_options: { include_usage: true } }),
      }),
      signal: leaving.signal,
    });
    const { headers } = response;
    call.id = headers.get("request-id");
    call.model = headers.get("x-switchboard-model");
    const version = headers.get("x-switchboard-registry-version");
    call.registryVersion = version === null ? null : Number(version);
    const isStream = headers.get("content-type")?.startsWith("text/event-stream");
    call.sighting = await (isStream ? seeStream(response, dialect) : seeAnswer(response, dialect));
  } catch {
    // Lost, unless it is known better.
  } finally {
    clearTimeout(timer);
  }
  return call;
}

async function seeAnswer(response: Response, dialect: DialectName): Promise<CallSighting> {
  const { ok, headers } = response;
  const body = await response.json();
  if (!ok) return { kind: "refused", retryable: headers.get("x-should-retry") === "true" };
  return { kind: "finished", outputTokens: outputTokensOf(body, dialect) };
}

async function seeStream(response: Response, dialect: DialectName): Promise<CallSighting> {
  let outputTokens: number | null = null;
  let isBroken = false;
  let isOver = false;
  for await (const data of dataOf(response)) {
    if (isOver) throw new Error("an event came after the last one");
    if (data === "[DONE]") {
      isOver = true;
      continue;
    }
    const event = JSON.parse(data);
    outputTokens = outputTokensOf(event, dialect) ?? outputTokens;
    if (event.error) isBroken = true;
    isOver = dialect === "anthropic" && (event.type === "message_stop" || isBroken);
  }
  if (!isOver) return { kind: "lost" };
  return isBroken ? { kind: "broken-off" } : { kind: "finished", outputTokens };
}

/** Null where the event or the body tells none. */
function outputTokensOf(
  // deno-lint-ignore no-explicit-any -- of either maker's shape
  { usage, type }: any,
  dialect: DialectName,
): number | null {
  // The first event of a message has none yet.
  if (type === "message_start") return null;
  return usage?.[dialect === "openai" ? "completion_tokens" : "output_tokens"] ?? null;
}

/** The data of a stream's events. */
async function* dataOf(response: Response): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield data;
    }
  }
}
