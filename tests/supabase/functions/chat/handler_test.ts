import { expect } from "@std/expect";
import { AppError } from "../../../../supabase/functions/_shared/core/app_error.ts";
import { createChatHandler } from "../../../../supabase/functions/chat/handler.ts";

/** Sends a message whose turn does not begin; returns the reader of the error, and the look-ups. */
async function refusedBy(error: AppError) {
  let lookups = 0;
  const context = { requestId: "r", audience: "user" as const };
  const handler = createChatHandler({
    authenticate: () =>
      Promise.resolve({
        kind: "user",
        userId: crypto.randomUUID(),
        sessionId: null,
        aal: null,
        isAnonymous: false,
      }),
    beginTurn: () => Promise.reject(error),
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
