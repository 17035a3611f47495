import { createHmac } from "node:crypto";
import { expect } from "@std/expect";
import type {
  ClaimedDelivery,
  DeliveryFailure,
} from "../../../../../supabase/functions/_shared/alerts/alert_outbox.ts";
import type { AlertWebhook } from "../../../../../supabase/functions/_shared/alerts/alert_webhook.ts";
import {
  deliverAlerts,
  type DeliveryDependencies,
} from "../../../../../supabase/functions/_shared/alerts/deliver_alerts.ts";
import { LocalServer } from "../../../../support/local_server.ts";

const secret = "the key of the signatures";
const start = Date.parse("2026-11-30T12:00:00.700Z");

/** An outbox in memory, with so many events that are due. */
function outboxOf(count: number) {
  const due = Array.from(
    { length: count },
    (_, n): ClaimedDelivery => ({
      id: `id-${n}`,
      attempt: 1,
      payload: { id: `id-${n}`, text: "Ä" },
    }),
  );
  const recorded: [string, DeliveryFailure | null][] = [];
  return {
    due,
    recorded,
    discarded: 0,
    discard() {
      this.discarded++;
      return Promise.resolve();
    },
    claim: () => Promise.resolve(due.shift() ?? null),
    record: ({ id }: ClaimedDelivery, failure: DeliveryFailure | null) => {
      recorded.push([id, failure]);
      return Promise.resolve();
    },
  };
}

async function deliver(
  outbox: ReturnType<typeof outboxOf>,
  url: string,
  more: Partial<DeliveryDependencies> = {},
) {
  const webhook: AlertWebhook = { kind: "usable", url, secret };
  return await deliverAlerts({ outbox, webhook, fetch, now: () => start, ...more });
}

const problemOf = (outbox: ReturnType<typeof outboxOf>) => outbox.recorded.at(-1)?.[1]?.problem;

Deno.test("deliverAlerts() sends each event signed, with its id", async () => {
  const requests: { headers: Headers; body: string }[] = [];
  await using server = new LocalServer(async (request) => {
    requests.push({ headers: request.headers, body: await request.text() });
    return new Response(null, { status: 204 });
  });
  const outbox = outboxOf(2);
  expect(await deliver(outbox, server.url)).toEqual({ delivered: 2, failed: 0, problem: null });
  expect(outbox.recorded).toEqual([["id-0", null], ["id-1", null]]);
  for (const { headers, body } of requests) {
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-switchboard-delivery")).toBe(JSON.parse(body).id);
    const hex = createHmac("sha256", secret).update(`1796040000.${body}`).digest("hex");
    expect(headers.get("x-switchboard-signature")).toBe(`t=1796040000,v1=${hex}`);
  }
  expect(requests.map(({ body }) => JSON.parse(body))).toEqual([
    { id: "id-0", text: "Ä" },
    { id: "id-1", text: "Ä" },
  ]);
});

Deno.test("deliverAlerts() signs nothing without a secret", async () => {
  let signature: string | null = "";
  await using server = new LocalServer((request) => {
    signature = request.headers.get("x-switchboard-signature");
    return new Response("ok");
  });
  const webhook: AlertWebhook = { kind: "usable", url: server.url, secret: null };
  await deliver(outboxOf(1), server.url, { webhook });
  expect(signature).toBeNull();
});

Deno.test("deliverAlerts() leaves the rest to the next tick where the webhook fails", async () => {
  let asked = 0;
  const answers: [Response, DeliveryFailure][] = [
    [new Response("no", { status: 500 }), {
      problem: "The webhook answered 500.",
      retryAfterSeconds: undefined,
    }],
    [new Response(null, { status: 429, headers: { "retry-after": "120" } }), {
      problem: "The webhook answered 429.",
      retryAfterSeconds: 120,
    }],
    [
      new Response(null, {
        status: 503,
        headers: { "retry-after": "Mon, 30 Nov 2026 12:01:00 GMT" },
      }),
      { problem: "The webhook answered 503.", retryAfterSeconds: 60 },
    ],
    [new Response(null, { status: 307, headers: { location: "/elsewhere" } }), {
      problem: "The webhook answered with a redirect, which is not followed.",
      retryAfterSeconds: undefined,
    }],
  ];
  for (const [answer, failure] of answers) {
    await using server = new LocalServer(() => {
      asked++;
      return answer;
    });
    const outbox = outboxOf(2);
    expect(await deliver(outbox, server.url)).toEqual({
      delivered: 0,
      failed: 1,
      problem: failure.problem,
    });
    expect(outbox.recorded[0]![1]).toMatchObject(failure);
    expect(outbox.due.length).toBe(1);
  }
  expect(asked).toBe(answers.length);
});

Deno.test("deliverAlerts() goes on where the webhook refuses one event", async () => {
  await using server = new LocalServer(async (request) =>
    new Response(null, { status: (await request.json()).id === "id-0" ? 400 : 200 })
  );
  const outbox = outboxOf(2);
  expect(await deliver(outbox, server.url)).toEqual({
    delivered: 1,
    failed: 1,
    problem: "The webhook answered 400.",
  });
});

Deno.test("deliverAlerts() waits only so long, and tells no address", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  {
    await using server = new LocalServer(() => promise);
    const outbox = outboxOf(2);
    await deliver(outbox, `${server.url}/secret-path`, { timeoutMs: 50 });
    expect(problemOf(outbox)).toBe("The webhook did not answer within 0.05 seconds.");
    resolve(new Response());
  }
  const outbox = outboxOf(1);
  await deliver(outbox, "http://127.0.0.1:1/secret-path");
  expect(problemOf(outbox)).toBe("The webhook could not be reached.");
});

Deno.test("deliverAlerts() begins no delivery when half a minute has passed", async () => {
  await using server = new LocalServer(() => new Response());
  let time = start;
  const outbox = outboxOf(5);
  const later = () => time += 5_000;
  expect((await deliver(outbox, server.url, { now: later }))?.delivered).toBeLessThan(5);
  expect(outbox.due.length).toBeGreaterThan(0);
});

Deno.test("deliverAlerts() discards what waits without a webhook, and says what is wrong with one", async () => {
  const outbox = outboxOf(2);
  expect(await deliver(outbox, "", { webhook: { kind: "none" } })).toBeNull();
  expect([outbox.due.length, outbox.discarded]).toEqual([2, 1]);
  const problem = "SWITCHBOARD_ALERT_WEBHOOK_URL is not a URL.";
  await deliver(outbox, "", { webhook: { kind: "unusable", problem } });
  expect(problemOf(outbox)).toBe(problem);
  expect([outbox.due.length, outbox.discarded]).toEqual([1, 1]);
  // Before the first alert is due as well.
  expect(await deliver(outboxOf(0), "", { webhook: { kind: "unusable", problem } }))
    .toEqual({ delivered: 0, failed: 0, problem });
});
