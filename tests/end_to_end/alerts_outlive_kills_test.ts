/** Neither an alert nor a cent is lost with an instance, a tick or the webhook's server. */
import { expect } from "@std/expect";
import { createHmac } from "node:crypto";
import { type FunctionProcess, startFunction } from "../../local/functions/start_function.ts";
import { signal } from "../../local/processes.ts";
import { freePort } from "../../local/ports.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import {
  expireHolds,
  foldHolds,
  limitDifferences,
  limitState,
  removeLimits,
  setLimit,
} from "../support/limits.ts";
import { post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();
const secret = "a secret of the webhook's receiver";

/** A receiver of alerts that may keep its sender waiting, and may be gone. */
class Webhook {
  readonly port = freePort();
  readonly received: { readonly id: string; readonly signed: boolean }[] = [];
  #server: Deno.HttpServer | undefined;
  #waits = new AbortController();

  /** @param answers false: it takes what comes and says nothing. */
  start(answers: boolean): void {
    const waits = new AbortController();
    this.#waits = waits;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: this.port, onListen: () => {} },
      async (request) => {
        const { headers } = request;
        const body = await request.text();
        this.received.push({
          id: headers.get("x-switchboard-delivery") ?? "",
          signed: isSigned(headers.get("x-switchboard-signature") ?? "", body),
        });
        if (!answers) {
          await new Promise((resolve) => waits.signal.addEventListener("abort", resolve));
        }
        return new Response(null, { status: answers ? 204 : 500 });
      },
    );
  }

  async stop(): Promise<void> {
    this.#waits.abort();
    await this.#server?.shutdown();
    this.#server = undefined;
  }
}

function isSigned(header: string, body: string): boolean {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  return signature === createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
}

async function kill({ process, ended }: FunctionProcess): Promise<void> {
  signal(process.pid, "SIGKILL");
  await ended;
}

const tickOf = ({ keys }: FreshProject, { url }: FunctionProcess) =>
  post(`${url}/tick`, {}, { authorization: `Bearer ${keys.secret}` });

/** As if the time until the next attempt, or until a claim runs out, had passed. */
const letTimePass = ({ sql }: FreshProject) =>
  sql`update switchboard.alert_outbox set next_attempt_at = now() where delivered_at is null`;

Deno.test("no alert and no cent is lost when an instance, a tick and the webhook's server are killed", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    const webhook = new Webhook();
    const start = (name: string) =>
      startFunction({
        name,
        env: {
          ...stack.functionsEnv,
          SWITCHBOARD_ALERT_WEBHOOK_URL: `http://127.0.0.1:${webhook.port}/alerts`,
          SWITCHBOARD_ALERT_WEBHOOK_SECRET: secret,
        },
        deno: stack.functionsDeno,
      });
    const processes: FunctionProcess[] = [];
    const started = async (name: string) => {
      const process = await start(name);
      processes.push(process);
      return process;
    };
    await removeLimits(sql);
    const id = await setLimit(sql, {
      scope: "project",
      unit: "usd",
      amount: 0.12,
      period: "total",
    });
    await sql`
      update bedrock_models set input_cost_per_mtok = 10, output_cost_per_mtok = 60
      where model_id = 'eu.amazon.nova-lite-v1:0'`;
    await sql`update ai_assistants set fallback_models = '{}' where assistant_type = 'health'`;
    const token = await project.token("patient");
    const ask = (url: string) =>
      post(url, { message: "What helps against a headache?" }, {
        authorization: `Bearer ${token}`,
      });

    try {
      const [chat, first] = await Promise.all([started("chat"), started("manage-bedrock-models")]);
      // One turn is with the model when its instance dies.
      await bedrock.addFaultRule({ kind: "hang" });
      const lost = ask(chat.url).catch(() => "the connection ended");
      await until(
        async () => (await bedrock.faultRules()).length === 0,
        "the turn that is killed to reach the model",
      );
      expect((await limitState(sql, id)).held).toBeGreaterThan(0);
      await kill(chat);
      expect(await lost).toBe("the connection ended");
      const usage = { inputTokens: 100, outputTokens: 1_100 };
      await bedrock.scriptAnswer({ content: [{ type: "text", text: "Rest." }], usage });
      const answer = await project.ask("patient", "And now?");
      expect([answer.status, answer.body.usage?.cost_usd]).toEqual([200, 0.067]);

      // The webhook has it, and the instance that sent it dies before it hears so.
      webhook.start(false);
      const killed = tickOf(project, first).catch(() => "the connection ended");
      await until(() => Promise.resolve(webhook.received.length > 0), "the first delivery");
      await kill(first);
      expect(await killed).toBe("the connection ended");
      await webhook.stop();

      // No webhook answers, and what is claimed is due again.
      const second = await started("manage-bedrock-models");
      await letTimePass(project);
      expect((await tickOf(project, second)).status).toBe(200);
      const [tried] = await sql`
        select sum(attempts)::int as attempts, count(delivered_at)::int as delivered
        from switchboard.alert_outbox`;
      expect(tried).toEqual({ attempts: 2, delivered: 0 });

      webhook.start(true);
      await until(async () => {
        await letTimePass(project);
        await tickOf(project, second);
        const waiting = await sql`
          select from switchboard.alert_outbox where delivered_at is null`;
        return waiting.length === 0;
      }, "every delivery");

      const alerts = await sql`
        select a.kind, a.subject, o.id from public.ai_alerts as a
        join switchboard.alert_outbox as o on o.alert_id = a.id`;
      expect(alerts).toContainEqual(expect.objectContaining({ kind: "limit_near", subject: id }));
      const received = new Set(webhook.received.map((delivery) => delivery.id));
      expect(alerts.filter((alert) => !received.has(alert["id"]))).toEqual([]);
      expect(webhook.received.length).toBeGreaterThan(received.size);
      expect(webhook.received.every(({ signed }) => signed)).toBe(true);

      await expireHolds(sql);
      await foldHolds(sql);
      const { spent, held } = await limitState(sql, id);
      const [ledger] = await sql`select sum(cost_usd)::float8 as cost from ai_usage`;
      expect(held).toBe(0);
      expect(spent).toBe(ledger?.cost);
      expect(await limitDifferences(sql)).toEqual([]);
    } finally {
      await webhook.stop();
      await Promise.all(processes.map((process) => process.stop()));
    }
  }));
