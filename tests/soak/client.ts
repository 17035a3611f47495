/** Users who chat, hurry, leave and come back. */
import { readEvents } from "../support/event_stream.ts";
import type { Persona } from "../support/project_client.ts";
import { type AskedTurn, isSettled, type Ledger, type Sighting } from "./ledger.ts";
import type { Random } from "./random.ts";

export interface ClientOptions {
  readonly persona: Persona;
  readonly token: string;
  /** Where `chat` answers at the moment: its processes and the gateway. */
  readonly urls: () => readonly string[];
  /** Conversations of this user, shared by all who act for them. */
  readonly conversations: string[];
  readonly models: readonly string[];
  readonly ledger: Ledger;
  readonly random: Random;
  /** Aborted when no new turn is to begin. */
  readonly over: AbortSignal;
  readonly mostTurns: number;
}

/** Takes turns one after the other until it is over. */
export async function chatAway(options: ClientOptions): Promise<void> {
  const { over, random, ledger, mostTurns } = options;
  for (let n = 0; n < mostTurns && !over.aborted; n++) {
    const turn = ledger.begin(options.persona, newTurn(options));
    const leaves = random.chance(0.15);
    const asksTwice = random.chance(0.15);
    const leaveAfterMs = leaves ? random.between(5, 400) : null;
    await Promise.all([
      ask(turn, options, leaveAfterMs),
      ...(asksTwice ? [ask(turn, options, null)] : []),
    ]);
    for (
      let tries = 0;
      tries < 5 && !isSettled(turn) && random.chance(0.85);
      tries++
    ) {
      await pause(random.between(100, 600));
      await ask(turn, options, null);
    }
    await pause(random.between(20, 200));
  }
}

function newTurn({ random, conversations, models }: ClientOptions) {
  if (conversations.length > 0 && random.chance(0.7)) {
    return { conversation_id: random.pick(conversations.slice(-5)) };
  }
  return {
    ...(random.chance(0.3) && { model_id: random.pick(models) }),
    ...(random.chance(0.2) && { fallback: false }),
  };
}

/** Asks for a turn, for the first time or again, and notes what is seen of it. */
export async function ask(
  turn: AskedTurn,
  options: Pick<ClientOptions, "token" | "urls" | "random" | "conversations">,
  leaveAfterMs: number | null,
): Promise<void> {
  const { token, urls, random, conversations } = options;
  const leaving = new AbortController();
  const timer = leaveAfterMs === null ? undefined : setTimeout(() => leaving.abort(), leaveAfterMs);
  const stream = random.chance(0.6);
  const remember = (id: string) => {
    if (!conversations.includes(id)) conversations.push(id);
  };
  try {
    const response = await fetch(random.pick(urls()), {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ ...turn.body, stream }),
      signal: leaving.signal,
    });
    const isStream = response.headers.get("content-type")?.startsWith(
      "text/event-stream",
    );
    turn.sightings.push(
      await (isStream ? seeStream(response, remember) : seeAnswer(response, remember)),
    );
  } catch {
    turn.sightings.push({ kind: "lost" });
  } finally {
    clearTimeout(timer);
  }
}

/** An error is retryable by its code; what is not JSON came from the gateway, which has no code. */
const retryableCodes = /unavailable|in_progress|timeout|throttled|error|bad|stream|frame|left/;

async function seeAnswer(
  response: Response,
  remember: (conversationId: string) => void,
): Promise<Sighting> {
  const body = await response.json();
  if (response.ok) {
    remember(body.conversation_id);
    return finished(body, null);
  }
  const code = String(body.error?.code ?? response.status);
  const retryable = response.status >= 500 || retryableCodes.test(code);
  return { kind: "refused", code, retryable };
}

function finished(
  // deno-lint-ignore no-explicit-any -- compared with what is stored in every field
  { message: { id, content, status }, persisted = true }: any,
  streamed: string | null,
): Sighting {
  return {
    kind: "finished",
    messageId: id,
    content,
    status,
    streamed,
    persisted,
  };
}

async function seeStream(
  response: Response,
  remember: (conversationId: string) => void,
): Promise<Sighting> {
  let streamed = "";
  let closing: Sighting | null = null;
  for await (const { event, data } of readEvents(response)) {
    if (closing !== null) {
      throw new Error(`an event came after the closing one: ${event}`);
    }
    switch (event) {
      case "turn-start":
        remember(data.conversation_id);
        break;
      case "text-delta":
        streamed += data.text;
        break;
      case "done":
        closing = finished(data, streamed);
        break;
      case "error":
        closing = streamed === ""
          ? { kind: "refused", code: data.code, retryable: data.retryable }
          : { kind: "broken-off", code: data.code, streamed };
        break;
    }
  }
  return closing ?? { kind: "lost" };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
