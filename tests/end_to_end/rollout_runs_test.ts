/** Rollouts as users, clients and operators see them: who answers, what is found, who moves back. */
import { expect } from "@std/expect";
import type { ExceptionName } from "../../stand-in/wire/aws_error.ts";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { type Answer, manage, post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

/** Begins a rollout of the default, which the demo's platform admin is answered by. */
async function startRollout({ sql }: FreshProject, share = 100): Promise<number> {
  const [row] = await sql`select start_rollout(${novaMicro}, ${share}) as made`;
  return row!.made.rollout.id;
}

async function outcomeOf({ sql }: FreshProject, id: number): Promise<string | null> {
  const [row] = await sql`select outcome from ai_rollouts where id = ${id}`;
  return row!.outcome;
}

/** What the ledger says of the last run. */
async function lastEntry({ sql }: FreshProject) {
  const [row] = await sql`
    select model_id, rollout_side, rollout_share, rollout_failed, fallback_code
    from ai_usage where unanswered_call is null order by id desc limit 1`;
  return row!;
}

/** Why a model answered, as the answer says. */
function whyOf({ body }: Answer) {
  const { model_id, reason, fallback_code } = body.model;
  return [model_id, reason, fallback_code].filter((part) => part !== undefined);
}

/** Asks in a session of its own, as a client of the OpenAI dialect. */
async function call(key: string, session: string, more: Record<string, unknown> = {}) {
  return await post(`${stack.apiUrl}/functions/v1/openai/v1/chat/completions`, {
    model: "default",
    messages: [{ role: "user", content: "What helps against a cold?" }],
    ...more,
  }, { authorization: `Bearer ${key}`, "x-switchboard-session": session });
}

/** A model fails each call from now on. */
async function fail(
  { bedrock }: FreshProject,
  exception: ExceptionName,
  { model = novaMicro, message }: { readonly model?: string; readonly message?: string } = {},
) {
  const fault = { kind: "error", exception, ...(message && { message }) } as const;
  await bedrock.addFaultRule(fault, { model, times: "until-removed" });
}

Deno.test("a conversation on the canary's side is answered by it, stays, and goes back with the rollout", () =>
  withFreshProject(stack, async (project) => {
    const id = await startRollout(project);
    const first = await project.ask("admin", "Who are you?");
    expect(whyOf(first)).toEqual([novaMicro, "canary"]);
    const { conversation_id } = first.body;
    const goOn = () => project.ask("admin", { message: "And else?", conversation_id });
    expect(whyOf(await goOn())).toEqual([novaMicro, "pinned"]);
    expect(await lastEntry(project)).toMatchObject({ rollout_side: "canary", rollout_share: 100 });

    const { body } = await manage(project, {
      action: "explain",
      message_id: first.body.message.id,
    });
    expect(body.explanation).toMatchObject({
      reason: "canary",
      summary:
        `Amazon Nova Micro answered, because it was the canary of rollout ${id}, with 100 percent.`,
    });

    await project.sql`select end_rollout(${id}, 'revert')`;
    expect(whyOf(await goOn())).toEqual([novaPro, "fallback", "rollout_reverted"]);
    expect(whyOf(await goOn())).toEqual([novaPro, "pinned"]);
    expect(whyOf(await project.ask("admin", "And you?"))).toEqual([novaPro, "default"]);
  }));

Deno.test("a promoted canary keeps its conversations, and a rollback takes it back", () =>
  withFreshProject(stack, async (project) => {
    const id = await startRollout(project);
    const first = await project.ask("admin", "Who are you?");
    await project.sql`select end_rollout(${id}, 'promote')`;
    const { conversation_id } = first.body;
    expect(whyOf(await project.ask("admin", { message: "And else?", conversation_id })))
      .toEqual([novaMicro, "pinned"]);
    expect(whyOf(await project.ask("admin", "And you?"))).toEqual([novaMicro, "default"]);
    await manage(project, { action: "rollback" });
    expect(whyOf(await project.ask("admin", "And you?"))).toEqual([novaPro, "default"]);
  }));

Deno.test("a rollback by an operator ends a rollout, and its conversations move", () =>
  withFreshProject(stack, async (project) => {
    const id = await startRollout(project);
    const { body: { conversation_id } } = await project.ask("admin", "Who are you?");
    const { status } = await manage(project, { action: "rollback" });
    expect([status, await outcomeOf(project, id)]).toEqual([200, "reverted"]);
    expect(whyOf(await project.ask("admin", { message: "And else?", conversation_id })))
      .toEqual([novaPro, "fallback", "rollout_reverted"]);
  }));

Deno.test("a rollout of an assistant's model takes none of what others answer", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`select start_rollout(${novaMicro}, 100, 'health')`;
    expect(whyOf(await project.ask("patient", "What helps against a cold?")))
      .toEqual([novaMicro, "canary"]);
    expect(whyOf(await project.ask("admin", "Who are you?"))).toEqual([novaPro, "default"]);
    const key = await apiKeyOf(project.sql);
    const whyOfCall = async (model: string) => {
      const { headers } = await call(key, "s", { model });
      return [headers.get("x-switchboard-model"), headers.get("x-switchboard-reason")];
    };
    expect(await whyOfCall("assistant/health")).toEqual([novaMicro, "canary"]);
    expect(await whyOfCall("default")).toEqual([novaPro, "default"]);
  }));

Deno.test("a question that only one of the two models can take is part of no rollout", () =>
  withFreshProject(stack, async (project) => {
    await startRollout(project);
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image", source: { type: "base64", media_type: "image/png", data: tinyPng } },
    ];
    const answer = await project.ask("admin", { content });
    expect([answer.status, ...whyOf(answer)]).toEqual([200, novaPro, "default"]);
    expect(await lastEntry(project)).toMatchObject({ rollout_side: null, rollout_failed: null });
    const named = await project.ask("admin", { message: "And you?", model_id: novaPro });
    expect(whyOf(named)).toEqual([novaPro, "requested"]);
    expect(await lastEntry(project)).toMatchObject({ rollout_side: null });
  }));

Deno.test("the calls of a session come to one model, and their answers say why", () =>
  withFreshProject(stack, async (project) => {
    await startRollout(project, 50);
    const key = await apiKeyOf(project.sql);
    const tools = [{
      type: "function",
      function: { name: "look_up", parameters: { type: "object", properties: {} } },
    }];
    const seen = new Map<string, Set<string | null>>();
    const reasons = new Set<string>();
    for (let n = 0; n < 12; n++) {
      const models = new Set<string | null>();
      for (const more of [{}, { tools }, { messages: [{ role: "user", content: `Other ${n}` }] }]) {
        const { status, headers } = await call(key, `session ${n}`, more);
        expect(status).toBe(200);
        models.add(headers.get("x-switchboard-model"));
        reasons.add(
          `${headers.get("x-switchboard-reason")} ${headers.get("x-switchboard-model")}`,
        );
      }
      seen.set(`session ${n}`, models);
    }
    expect([...seen.values()].map(({ size }) => size)).toEqual(Array(12).fill(1));
    expect([...reasons].sort()).toEqual([`canary ${novaMicro}`, `default ${novaPro}`]);
  }));

Deno.test("a key that may not use the canary is part of no rollout", () =>
  withFreshProject(stack, async (project) => {
    await startRollout(project);
    const key = await apiKeyOf(project.sql, { models: [novaPro] });
    const { status, headers } = await call(key, "s");
    expect([status, headers.get("x-switchboard-model")]).toEqual([200, novaPro]);
  }));

Deno.test("a fallback counts against the side that failed", () =>
  withFreshProject(stack, async (project) => {
    await startRollout(project, 50);
    const key = await apiKeyOf(project.sql);
    await fail(project, "ServiceUnavailableException");
    const sides = new Set<string>();
    for (let n = 0; sides.size < 2; n++) {
      const { status } = await call(key, `session ${n}`);
      const entry = await lastEntry(project);
      sides.add(entry.rollout_side);
      expect([status, entry.model_id === novaMicro]).toEqual([200, false]);
      expect(entry.rollout_failed).toBe(entry.rollout_side === "canary");
    }
  }));

Deno.test("an error that needs no statistics takes the rollout back with its answer", () =>
  withFreshProject(stack, async (project) => {
    const id = await startRollout(project);
    await fail(project, "AccessDeniedException");
    // The user gets an answer all the same.
    expect(whyOf(await project.ask("admin", "Who are you?")).slice(1))
      .toEqual(["fallback", "bedrock_access_denied"]);
    expect(await outcomeOf(project, id)).toBe("reverted");
    const [verdict] = await project.sql`
      select verdict, guard from ai_rollout_verdicts where rollout_id = ${id}`;
    expect(verdict).toEqual({ verdict: "worse", guard: "fuse" });
    const [entry] = await project.sql`
      select action, source from model_switches order by id desc limit 1`;
    expect(entry).toEqual({ action: "revert-rollout", source: "watch" });
    expect(whyOf(await project.ask("admin", "And you?"))).toEqual([novaPro, "default"]);
  }));

Deno.test("three conversations that the canary refuses take the rollout back", () =>
  withFreshProject(stack, async (project) => {
    const id = await startRollout(project);
    await fail(project, "ValidationException", { message: "Malformed input request." });
    const key = await apiKeyOf(project.sql);
    const outcomes = [];
    for (const session of ["a", "a", "b", "c"]) {
      await call(key, session);
      outcomes.push(await outcomeOf(project, id));
    }
    expect(outcomes).toEqual([null, null, null, "reverted"]);
  }));

Deno.test("a watched switch goes back to the former model by itself", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const key = await apiKeyOf(sql);
    // The hour before, with which it is compared.
    for (let n = 0; n < 40; n++) await call(key, `before ${n}`);
    await sql`select set_default_model(${novaMicro}, p_watch_minutes => 30)`;
    const [row] = await sql`select id from ai_rollouts`;
    await fail(project, "ServiceUnavailableException");
    for (let n = 0; n < 40 && await outcomeOf(project, row!.id) === null; n++) {
      await call(key, `after ${n}`);
    }
    expect(await outcomeOf(project, row!.id)).toBe("reverted");
    const { headers } = await call(key, "at last");
    expect([headers.get("x-switchboard-model"), headers.get("x-switchboard-reason")])
      .toEqual([novaPro, "default"]);
  }));

Deno.test("where all of Bedrock fails, no rollout is taken back", () =>
  withFreshProject(stack, async (project) => {
    const id = await startRollout(project, 50);
    await fail(project, "ServiceUnavailableException", { model: "*" });
    const key = await apiKeyOf(project.sql);
    for (let n = 0; n < 20; n++) await call(key, `session ${n}`);
    const sides = await project.sql`
      select distinct side from switchboard.rollout_errors where rollout_id = ${id} order by side`;
    expect(sides.map(({ side }) => side)).toEqual(["canary", "former"]);
    expect(await outcomeOf(project, id)).toBeNull();
  }));
