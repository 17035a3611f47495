import { expect } from "@std/expect";
import { AppError } from "../../../../supabase/functions/_shared/core/app_error.ts";
import type { Caller } from "../../../../supabase/functions/_shared/http/authenticate.ts";
import { createChatHandler } from "../../../../supabase/functions/chat/handler.ts";

const signedIn: Caller = {
  kind: "user",
  accessToken: "token",
  userId: crypto.randomUUID(),
  sessionId: null,
  aal: null,
  isAnonymous: false,
};

const objects = { read: () => Promise.resolve(null) };

/** Sends a message whose turn does not begin; returns the reader of the error, and the look-ups. */
async function refusedBy(error: AppError) {
  let lookups = 0;
  const context = { requestId: "r", trace: null, rest: "", audience: "user" as const };
  const handler = createChatHandler({
    authenticate: () => Promise.resolve(signedIn),
    requireAllowedRegion: () => Promise.resolve(),
    beginTurn: () => Promise.reject(error),
    objects,
    isOperator: () => {
      lookups++;
      return Promise.resolve(true);
    },
    now: () => 0,
    continueInBackground: () => {},
  });
  const request = new Request("http://127.0.0.1/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: "Hello" }),
  });
  await expect(handler(request, context)).rejects.toBe(error);
  return { audience: context.audience as string, lookups };
}

Deno.test("chat looks up who reads an error only where it makes a difference", async () => {
  expect(await refusedBy(new AppError("model_not_found"))).toEqual({
    audience: "user",
    lookups: 0,
  });
  expect(await refusedBy(new AppError("bedrock_access_denied")))
    .toEqual({ audience: "operator", lookups: 1 });
});

Deno.test("chat does not ask a database that is unreachable who reads that", async () => {
  expect(await refusedBy(new AppError("database_unavailable")))
    .toEqual({ audience: "user", lookups: 0 });
});

Deno.test("chat runs the turn of a client who has left before the stream to its end", async () => {
  let ended = false;
  async function* stream() {
    await Promise.resolve();
    yield [{ type: "text-delta", text: "Hi" } as const];
    ended = true;
  }
  const background: Promise<void>[] = [];
  const handler = createChatHandler({
    authenticate: () => Promise.resolve(signedIn),
    requireAllowedRegion: () => Promise.resolve(),
    beginTurn: () => Promise.resolve({ stream, answer: () => Promise.reject(new Error("?")) }),
    objects,
    isOperator: () => Promise.resolve(false),
    now: () => 0,
    continueInBackground: (work) => void background.push(work),
  });
  const request = new Request("http://127.0.0.1/chat", {
    method: "POST",
    body: JSON.stringify({ message: "Hello", stream: true }),
  });
  const gone = { url: request.url, headers: request.headers, body: request.body };
  const response = await handler(
    { ...gone, signal: AbortSignal.abort() } as Request,
    { requestId: "r", trace: null, rest: "", audience: "user" },
  );
  expect([response.status, response.body]).toEqual([499, null]);
  await Promise.all(background);
  expect(ended).toBe(true);
});

Deno.test("chat refuses tools that no model could be sent before the turn begins", async () => {
  const handler = createChatHandler({
    authenticate: () => Promise.resolve(signedIn),
    requireAllowedRegion: () => Promise.resolve(),
    beginTurn: () => Promise.reject(new Error("begun")),
    objects,
    isOperator: () => Promise.resolve(false),
    now: () => 0,
    continueInBackground: () => {},
  });
  const long = { description: "x".repeat(20_000) };
  const input_schema = {
    $defs: { long },
    properties: Object.fromEntries(
      Array.from({ length: 50 }, (_, nth) => [`p${nth}`, { $ref: "#/$defs/long" }]),
    ),
  };
  const request = new Request("http://127.0.0.1/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: "Hello", tools: [{ name: "book", input_schema }] }),
  });
  await expect(handler(request, { requestId: "r", trace: null, rest: "", audience: "user" }))
    .rejects
    .toMatchObject({ code: "invalid_request", message: expect.stringContaining('"book"') });
});
