/** Alerts from the finding to the webhook: nothing is lost, whatever fails on the way. */
import { createHmac } from "node:crypto";
import { expect } from "@std/expect";
import { startFunction } from "../../local/functions/start_function.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { LocalServer } from "../support/local_server.ts";
import { novaLite } from "../support/played_turns.ts";
import { manage, post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();
const secret = "the key of the signatures";

/** What the webhook was sent. */
interface Received {
  readonly delivery: string | null;
  readonly signature: string;
  readonly body: string;
}

/** A process of `manage-bedrock-models` that sends alerts to a webhook. */
async function withSender(
  webhookUrl: string,
  test: (tick: () => Promise<unknown>, kill: () => void, url: string) => Promise<void>,
): Promise<void> {
  const sender = await startFunction({
    name: "manage-bedrock-models",
    env: {
      ...stack.functionsEnv,
      SWITCHBOARD_ALERT_WEBHOOK_URL: webhookUrl,
      SWITCHBOARD_ALERT_WEBHOOK_SECRET: secret,
    },
    deno: stack.functionsDeno,
  });
  const tick = async () => {
    const { status, body } = await post(`${sender.url}/tick`, {}, {
      authorization: `Bearer ${stack.keys.secret}`,
    });
    expect(status).toBe(200);
    return body;
  };
  try {
    await test(tick, () => Deno.kill(sender.process.pid, "SIGKILL"), sender.url);
  } finally {
    await sender.stop();
  }
}

/** A webhook that notes what it is sent, and answers so. */
function webhookOf(answer: () => Response | Promise<Response>) {
  const received: Received[] = [];
  const server = new LocalServer(async (request) => {
    received.push({
      delivery: request.headers.get("x-switchboard-delivery"),
      signature: request.headers.get("x-switchboard-signature") ?? "",
      body: await request.text(),
    });
    return await answer();
  });
  return { received, server };
}

/** The ledger has an answer whose price is not known, and no rule looks for anything else. */
async function findSomething({ sql }: FreshProject): Promise<void> {
  await sql`update ai_alert_rules set is_active = kind in ('price_unknown', 'delivery_failing')`;
  await sql`
    insert into ai_usage (
      question_id, attempt, model_id, purpose, surface, status, reason, input_tokens,
      output_tokens, begun_at, ended_at, begins_conversation)
    values (
      gen_random_uuid(), 1, ${novaLite}, 'call', 'openai', 'complete', 'default', 1, 1, now(),
      now(), false)`;
}

/** Runs the tick until it has found it: the stack's own may be at work. */
async function opened({ sql }: FreshProject, tick: () => Promise<unknown>): Promise<string> {
  let id: string | undefined;
  await until(async () => {
    await tick();
    const [event] = await sql`
      select o.id from switchboard.alert_outbox as o
      join ai_alerts as a on a.id = o.alert_id and a.kind = 'price_unknown'
      where o.event = 'opened'`;
    id = event?.id;
    return id !== undefined;
  }, "the alert");
  return id!;
}

/** As if the wait of each delivery were over. */
async function hurry({ sql }: FreshProject): Promise<void> {
  await sql`update switchboard.alert_outbox set next_attempt_at = now()`;
}

const stateOf = async ({ sql }: FreshProject, id: string) => {
  const [event] = await sql`
    select attempts, last_error, delivered_at is not null as is_delivered
    from switchboard.alert_outbox where id = ${id}`;
  return event;
};

function expectSigned({ signature, body }: Received): void {
  const [, time, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
  expect(given).toBe(createHmac("sha256", secret).update(`${time}.${body}`).digest("hex"));
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(300);
}

Deno.test("an alert reaches the webhook signed and with its id, however often that fails before", () =>
  withFreshProject(stack, async (project) => {
    await findSomething(project);
    const answers = [
      () => new Response("no", { status: 500 }),
      () => new Response(null, { status: 429, headers: { "retry-after": "600" } }),
      () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
    ];
    const problems = [
      "The webhook answered 500.",
      "The webhook answered 429.",
      "The webhook answered with a redirect, which is not followed.",
    ];
    let answer = answers[0]!;
    const { received, server } = webhookOf(() => answer());
    await using _ = server;
    await withSender(`${server.url}/hook`, async (tick, _kill, url) => {
      const { body: status } = await post(url, { action: "status" }, {
        authorization: `Bearer ${stack.keys.secret}`,
      });
      const deliver = status.steps.find(({ step }: { step: string }) => step === "deliver");
      // The webhook is known, and no tick has come over HTTP.
      expect(deliver).toMatchObject({ state: "late", is_late: true, last_ran_at: null });
      const id = await opened(project, tick);
      for (const [n, failing] of answers.entries()) {
        answer = failing;
        const before = (await stateOf(project, id))!.attempts;
        if (n > 0) await hurry(project);
        await until(async () => {
          await tick();
          return (await stateOf(project, id))!.attempts > (n > 0 ? before : 0);
        }, "an attempt");
        expect(await stateOf(project, id)).toMatchObject({
          last_error: problems[n],
          is_delivered: false,
        });
        if (n === 1) {
          const [wait] = await project.sql`
            select next_attempt_at > now() + interval '9 minutes' as is_long
            from switchboard.alert_outbox where id = ${id}`;
          expect(wait!.is_long).toBe(true);
        }
      }
      answer = () => new Response();
      await hurry(project);
      await tick();
      expect(await stateOf(project, id)).toMatchObject({ last_error: null, is_delivered: true });
      const ours = received.filter(({ delivery }) => delivery === id);
      expect(ours.length).toBe(4);
      for (const request of ours) {
        expectSigned(request);
        expect(JSON.parse(request.body)).toMatchObject({
          id,
          event: "opened",
          kind: "price_unknown",
          subject: novaLite,
        });
      }
      // What has arrived is sent no more.
      await hurry(project);
      await tick();
      expect(received.filter(({ delivery }) => delivery === id).length).toBe(4);
    });
  }));

Deno.test("an alert whose instance is killed, and whose webhook was away, arrives under its id", () =>
  withFreshProject(stack, async (project) => {
    await findSomething(project);
    const { promise: never, resolve } = Promise.withResolvers<Response>();
    let answer: () => Response | Promise<Response> = () => never;
    const { received, server } = webhookOf(() => answer());
    await using _ = server;
    let id = "";
    await withSender(server.url, async (tick, kill) => {
      const ticking = tick().catch(() => null);
      await until(async () => {
        if (received.length === 0) await Promise.race([tick().catch(() => null), pause()]);
        return received.length > 0;
      }, "a request");
      // Between the claim and its record.
      kill();
      await ticking;
      id = received[0]!.delivery!;
      expect(await stateOf(project, id)).toMatchObject({ attempts: 1, is_delivered: false });
    });
    resolve(new Response());
    // No server listens at this address.
    await withSender("http://127.0.0.1:1/", async (tick) => {
      await tick();
      expect(await stateOf(project, id)).toMatchObject({ attempts: 1 }); // it is claimed
      await hurry(project);
      await tick();
      expect(await stateOf(project, id)).toMatchObject({
        attempts: 2,
        last_error: "The webhook could not be reached.",
      });
    });
    answer = () => new Response();
    await withSender(server.url, async (tick) => {
      await hurry(project);
      await tick();
      expect(await stateOf(project, id)).toMatchObject({ attempts: 3, is_delivered: true });
    });
    expect(received.map(({ delivery }) => delivery)).toEqual([id, id]);
    for (const request of received) expectSigned(request);
  }));

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

Deno.test("operators list and acknowledge alerts, and set their rules", () =>
  withFreshProject(stack, async (project) => {
    await findSomething(project);
    const tick = () =>
      post(`${project.apiUrl}/functions/v1/manage-bedrock-models/tick`, {}, {
        authorization: `Bearer ${project.keys.secret}`,
      });
    await opened(project, tick);
    const admin = await project.token("admin");
    const listed = await manage(project, { action: "list-alerts", open: true }, admin);
    expect(listed.body).toMatchObject({ count: 1, open_count: 1 });
    const [alert] = listed.body.alerts;
    expect(alert).toMatchObject({ kind: "price_unknown", subject: novaLite, closed_at: null });

    const known = await manage(
      project,
      { action: "acknowledge-alert", id: alert.id, reason: "a pilot" },
      admin,
    );
    expect(known.body.alert).toMatchObject({ acknowledgement: "a pilot" });
    expect(known.body.alert.acknowledged_by).toMatch(/^[0-9a-f-]{36}$/);
    const unknown = await manage(project, {
      action: "acknowledge-alert",
      id: crypto.randomUUID(),
    });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "alert_not_found"]);

    const rules = await manage(project, { action: "list-alert-rules" });
    expect(rules.body.count).toBe(11);
    const set = await manage(project, {
      action: "set-alert-rule",
      kind: "price_unknown",
      is_active: false,
    });
    expect(set.body).toMatchObject({
      message: "The rule price_unknown is off: its open alerts close with the next tick.",
      rule: { kind: "price_unknown", is_active: false },
      former_rule: { kind: "price_unknown", is_active: true },
    });
    const [entry] = (await manage(project, { action: "history" })).body.switches;
    expect(entry).toMatchObject({ action: "set-alert-rule", from: { is_active: true } });
    for (
      const wrong of [
        { kind: "price_unknown" },
        { kind: "price_unknown", least_count: 5 },
        { kind: "limit_near", open_at: 40 },
        { kind: "something" },
      ]
    ) {
      const refused = await manage(project, { action: "set-alert-rule", ...wrong });
      expect([refused.status, refused.body.error.code]).toEqual([400, "invalid_request"]);
    }
    await until(async () => {
      await tick();
      const left = await manage(project, { action: "list-alerts", open: true });
      return left.body.open_count === 0;
    }, "the end of the alert");
  }));
