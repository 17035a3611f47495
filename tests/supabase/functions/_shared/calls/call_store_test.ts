import { expect } from "@std/expect";
import { CallStore } from "../../../../../supabase/functions/_shared/calls/call_store.ts";
import type { CallCaller, CallEnd } from "../../../../../supabase/functions/_shared/calls/call.ts";
import type { RpcClient } from "../../../../../supabase/functions/_shared/database/rpc_client.ts";
import { runRecord } from "../runs/run_record_of.ts";
import { begunCall } from "./call_world.ts";

/** A database that answers so; keeps what it was called with. */
function storeOver(data: unknown) {
  const asked: unknown[] = [];
  const database = {
    rpc: (...call: unknown[]) => {
      asked.push(call);
      return Promise.resolve({ data, error: null, status: 200 });
    },
  } as unknown as RpcClient;
  return { store: new CallStore(database, "eu-central-1"), asked };
}

const begun = {
  ...begunCall.entry,
  assistant_type: "clinical",
  models: ["a"],
  is_operator: false,
  registry_version: 4,
  registry_hash: "ab",
  budget: null,
};

const apiKey: CallCaller = { kind: "api-key", digest: "d1", prefix: "bsk_Ab-_9A" };

Deno.test("CallStore begins a call with the digest of a key, and not with its beginning", async () => {
  const { store, asked } = storeOver(begun);
  expect(await store.begin(apiKey, "anthropic", "some\0one", null)).toEqual({
    scope: { assistantType: "clinical", models: ["a"] },
    isOperator: false,
    registryVersion: 4,
    registryHash: "ab",
    budget: null,
    entry: begunCall.entry,
  });
  expect(asked).toEqual([["begin_call", {
    p_call: {
      function_region: "eu-central-1",
      surface: "anthropic",
      caller: { kind: "api-key", digest: "d1" },
      client_label: "some\uFFFDone",
    },
  }]]);
});

Deno.test("CallStore begins the call of a user and of a secret key", async () => {
  const user = { kind: "user", userId: "u", sessionId: "s", isAnonymous: true } as const;
  const callers: [CallCaller, object][] = [
    [{ ...user, accessToken: "t" } as CallCaller, {
      kind: "user",
      user_id: "u",
      session_id: "s",
      is_anonymous: true,
    }],
    [{ kind: "service" }, { kind: "service" }],
  ];
  for (const [caller, columns] of callers) {
    const { store, asked } = storeOver(begun);
    await store.begin(caller, "openai", null, null);
    expect(asked).toEqual([["begin_call", {
      p_call: {
        function_region: "eu-central-1",
        surface: "openai",
        caller: columns,
        client_label: null,
      },
    }]]);
  }
});

Deno.test("CallStore reserves for a call that is to run, and gives back what one has reserved", async () => {
  const demand = {
    input_tokens: 10,
    max_tokens: null,
    thinks: false,
    fallback: true,
    least_tokens: 256,
  };
  const budget = { usd: { amount: 0.5, limit: "USD per day", retry_after: null }, tokens: null };
  const { store, asked } = storeOver({ ...begun, budget });
  const reservation = {
    id: "the call",
    model: "default",
    unit: "a digest",
    demand,
    staleAfterMs: 150_000,
  };
  expect((await store.begin(apiKey, "openai", null, reservation)).budget?.usd)
    .toEqual({ amount: 0.5, limit: "USD per day", retryAfterSeconds: null });
  await store.release("the call");
  const raising = storeOver(budget);
  expect((await raising.store.raise("the call", { usd: 1, tokens: 20 }))?.usd?.amount).toBe(0.5);
  expect(raising.asked)
    .toEqual([["raise_hold", { p_run_id: "the call", p_usd: 1, p_tokens: 20 }]]);
  expect(asked).toEqual([
    ["begin_call", {
      p_call: {
        function_region: "eu-central-1",
        surface: "openai",
        caller: { kind: "api-key", digest: "d1" },
        client_label: null,
        id: "the call",
        model: "default",
        unit: "a digest",
        demand,
        stale_after_ms: 150_000,
      },
    }],
    ["release_holds", { p_run_id: "the call" }],
  ]);
});

Deno.test("CallStore cuts a client's label, which may be as long as a body", async () => {
  const { store, asked } = storeOver(begun);
  await store.begin(apiKey, "openai", "x".repeat(100_000), null);
  expect(JSON.stringify(asked).length).toBeLessThan(2_000);
});

Deno.test("CallStore refuses unknown, revoked and expired keys in the same words, told apart by the log", async () => {
  const refusals = await Promise.all(
    ["unknown", "revoked", "expired"].map(async (why) => {
      const { store } = storeOver({
        refused: { why, api_key_id: why === "unknown" ? null : "k1" },
      });
      const error = await store.begin(apiKey, "openai", null, null).catch((error) => error);
      const key = why === "unknown" ? "bsk_Ab-_9A…" : "bsk_Ab-_9A… (k1)";
      expect(error.logged).toBe(`The API key is not valid: ${key} is ${why}.`);
      return { code: error.code, ...error.shownTo("user") };
    }),
  );
  expect(refusals[0].code).toBe("invalid_credentials");
  expect(new Set(refusals.map((shown) => JSON.stringify(shown))).size).toBe(1);
});

Deno.test("CallStore tells a key of other endpoints, and one whose assistant is not active; the log names it", async () => {
  const refusals = [
    ["dialect", "key_scope", "The API key bsk_Ab-_9A… (k1) is not for this endpoint."],
    [
      "assistant_inactive",
      "assistant_inactive",
      "The assistant of the API key bsk_Ab-_9A… (k1) is not active.",
    ],
  ] as const;
  for (const [why, code, logged] of refusals) {
    const { store } = storeOver({ refused: { why, api_key_id: "k1", assistant_type: null } });
    const error = await store.begin(apiKey, "openai", null, null).catch((error) => error);
    expect(error).toMatchObject({ code, logged });
    expect(JSON.stringify(error.shownTo("user"))).not.toMatch(/bsk_|k1/);
  }
});

Deno.test("CallStore enters the end of a call, and gives its cost", async () => {
  const end: CallEnd = {
    ...begunCall.entry,
    id: "c",
    surface: "openai",
    assistant_type: null,
    client_retries: null,
    run: runRecord(),
  };
  for (const cost of [0.25, null]) {
    const { store, asked } = storeOver(cost);
    expect(await store.complete(end)).toBe(cost);
    expect(asked).toEqual([["complete_call", { p_end: end }]]);
  }
});
