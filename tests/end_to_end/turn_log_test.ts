import { expect } from "@std/expect";
import { withChatProcess, withFunctionProcess } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
import { chat, post } from "../support/project_client.ts";
import { telemetryNames } from "../../supabase/functions/_shared/runtime/telemetry_names.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";

/** What a line about a turn may hold; what is not known is left out. */
const fields: ReadonlySet<string> = new Set([
  ...["event", "request_id", "trace_id", "span_id", "detail"],
  ...Object.values(telemetryNames),
  ...[
    ...["conversation_id", "question_id", "message_id", "outcome", "assistant_type", "reason"],
    ...["fallback_code", "registry_version", "registry_stale", "persisted", "attempts"],
    ...["messages_sent", "messages_left_out", "blocks_left_out", "cache_write_1h_tokens"],
    ...["usage_estimated", "cost_usd", "response_time_ms", "provider_stop_reason"],
    ...["answer_tokens_left", "granted_usd", "rollout_id", "rollout_share", "rollout_side"],
    ...[
      "function_region",
      "model_region",
      "model_geographies",
      "model_name",
      "generated_at",
      "prompt_hash",
    ],
  ].map((name) => `switchboard.${name}`),
]);

/** What a line about a call may hold. */
const fieldsOfCall = new Set([...fields, "switchboard.surface", "switchboard.api_key_id"]);

/** What each of them holds. */
const always = [
  ...["event", "request_id", "gen_ai.operation.name", "gen_ai.provider.name"],
  ...["gen_ai.conversation.id", "gen_ai.request.model", "gen_ai.request.stream"],
  ...["switchboard.outcome", "switchboard.attempts", "switchboard.registry_version"],
];

/** With the prefix of names that the conventions do not have. */
const own = (named: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [`switchboard.${name}`, value]));

const trace = { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", span_id: "00f067aa0ba902b7" };

/** Expects that log, ledger and what AWS was told of each call name the same turn and calls. */
async function expectJoined(
  { bedrock, sql }: FreshProject,
  entries: readonly Record<string, unknown>[],
  purpose: "turn" | "call",
): Promise<void> {
  const sent = await bedrock.requests();
  for (const entry of entries) {
    if (entry["switchboard.outcome"] === "repeated") continue;
    // A call has no question of its own: its one id is both.
    const questionId = String(entry[purpose === "call" ? "request_id" : "switchboard.question_id"]);
    const calls = sent.filter(({ requestMetadata }) =>
      requestMetadata?.["switchboard_request_id"] === entry["request_id"]
    );
    expect(calls.map(({ requestMetadata }) => requestMetadata)).toEqual(
      Array.from({ length: Number(entry["switchboard.attempts"]) }, (_, n) => ({
        switchboard_purpose: purpose,
        switchboard_request_id: entry["request_id"],
        switchboard_question_id: questionId,
        switchboard_attempt: "1",
        switchboard_call: String(n + 1),
      })),
    );
    const rows = await sql`
      select bedrock_request_id from ai_usage
      where question_id = ${questionId} and unanswered_call is null`;
    expect(rows).toEqual([{ bedrock_request_id: calls.at(-1)?.requestId }]);
    expect(entry["aws.request_id"]).toBe(calls.at(-1)?.requestId);
  }
}

const secret = "My mother has had a rash since Monday";

Deno.test("chat writes one line of JSON for each turn, without a word of anybody's", async () => {
  const lines: string[] = [];
  await withFreshProject(stack, (project) =>
    withChatProcess(
      stack,
      async (url) => {
        const { bedrock } = project;
        const token = await project.token("patient");
        const ask = async (more: Record<string, unknown> = {}) => {
          const body = { message: secret, request_id: crypto.randomUUID(), ...more };
          const headers = {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            traceparent: `00-${trace.trace_id}-${trace.span_id}-01`,
          };
          const response = await fetch(url, {
            method: "POST",
            headers,
            body: JSON.stringify(body),
          });
          await response.text();
          return body.request_id;
        };
        const asked: [string, Record<string, unknown>][] = [];
        const complete = await ask();
        asked.push([complete, own({ outcome: "complete", attempts: 1, reason: "assistant" })]);
        asked.push([
          await ask({ request_id: complete }),
          own({ outcome: "repeated", attempts: 0 }),
        ]);
        asked.push([await ask({ stream: true }), {
          ...own({ outcome: "complete" }),
          "gen_ai.request.stream": true,
        }]);

        await bedrock.addFaultRule({ kind: "error", exception: "ThrottlingException" }, {
          times: 2,
        });
        asked.push([await ask(), own({ outcome: "complete", attempts: 3 })]);
        await bedrock.addFaultRule(
          { kind: "error", exception: "ModelTimeoutException" },
          { model: novaLite },
        );
        asked.push([await ask(), {
          ...own({
            outcome: "complete",
            reason: "fallback",
            attempts: 2,
            fallback_code: "bedrock_timeout",
          }),
          "gen_ai.request.model": novaLite,
          "gen_ai.response.model": expect.not.stringContaining(novaLite),
        }]);
        await bedrock.addFaultRule({ kind: "cut", afterFrames: 6 });
        asked.push([await ask({ stream: true }), {
          ...own({ outcome: "partial", attempts: 1 }),
          "error.type": "bedrock_stream_truncated",
          "gen_ai.response.finish_reasons": ["error"],
        }]);
        // AWS may repeat what it was sent.
        await bedrock.addFaultRule({
          kind: "error",
          exception: "ValidationException",
          message: `Malformed input request: "${secret}" is not what was expected.`,
        });
        asked.push([await ask(), {
          ...own({ outcome: "failed" }),
          "error.type": "bedrock_request_refused",
          detail: expect.stringContaining('Malformed input request: "…" is not what'),
        }]);
        // Also in another case, in lines, and cut.
        await bedrock.addFaultRule({
          kind: "error",
          exception: "ValidationException",
          message: `Malformed input request: ${secret.toUpperCase().replaceAll(" ", "\n  ")}` +
            ` and ${JSON.stringify(JSON.stringify(secret)).slice(0, 24)}`,
        });
        asked.push([await ask(), {
          ...own({ outcome: "failed" }),
          "error.type": "bedrock_request_refused",
          detail: expect.stringContaining("Malformed input request: …"),
        }]);

        // Refused before a turn begins, and some before it is known who asks.
        const refused: Record<string, unknown>[] = [
          { message: secret, stream: 3 },
          { message: "Hi", model_id: secret },
          { message: "Hi", [secret]: 1 },
          { message: "Hi", use_case: secret.repeat(9) },
          { message: "Hi", conversation_id: secret },
        ];
        for (const body of refused) await chat(project, token, body, url);
        for (const path of [secret, `${secret}/`.repeat(800)]) {
          await (await fetch(`${url}/${path}`, { method: "POST" })).body?.cancel();
        }

        // A line is written before its answer, and may be read after it.
        const failed = refused.length + 2;
        for (let n = 0; n < 500 && lines.length < asked.length + failed; n++) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const entries = lines.map((line) => JSON.parse(line));
        expect(entries.map(({ event }) => event))
          .toEqual([...asked.map(() => "turn"), ...Array(failed).fill("request-failed")]);
        for (const line of lines) expect(line.length).toBeLessThan(2500);
        for (const [index, [requestId, expected]] of asked.entries()) {
          const entry = entries[index];
          expect(entry).toEqual(
            expect.objectContaining({ request_id: requestId, ...trace, ...expected }),
          );
          expect(Object.keys(entry).filter((name) => !fields.has(name))).toEqual([]);
          expect(always.filter((name) => !(name in entry))).toEqual([]);
        }
        await expectJoined(project, entries.slice(0, asked.length), "turn");
      },
      {},
      (line) => lines.push(line),
    ));
  const printed = lines.join("\n");
  expect(printed).not.toBe("");
  for (const word of ["mother", "MOTHER", "a rash", "Monday"]) expect(printed).not.toContain(word);
  expect(printed).not.toContain("You wrote");
});

const endpoints = [["openai", "/v1/chat/completions"], ["anthropic", "/v1/messages"]] as const;

for (const [name, path] of endpoints) {
  Deno.test(`${name} writes one line of JSON for each call, which joins ledger and AWS's log`, async () => {
    const lines: string[] = [];
    await withFreshProject(stack, (project) =>
      withFunctionProcess(
        stack,
        name,
        async (base) => {
          const { key } = await madeKey(project.sql);
          const ask = async (more: Record<string, unknown> = {}, traceparent?: string) => {
            const response = await fetch(`${base}${path}`, {
              method: "POST",
              headers: {
                authorization: `Bearer ${key}`,
                "content-type": "application/json",
                traceparent: traceparent ?? `00-${trace.trace_id}-${trace.span_id}-01`,
              },
              body: JSON.stringify({
                model: "assistant/health",
                max_tokens: 50,
                messages: [{ role: "user", content: secret }],
                ...more,
              }),
            });
            await response.text();
            return response.headers.get("x-request-id");
          };
          const asked: [string | null, Record<string, unknown>][] = [
            [await ask(), { ...trace, ...own({ outcome: "complete", attempts: 1 }) }],
            [await ask({ stream: true }), { ...trace, "gen_ai.request.stream": true }],
          ];
          await project.bedrock.addFaultRule(
            { kind: "error", exception: "ThrottlingException" },
            { times: 2 },
          );
          asked.push([await ask(), { ...trace, ...own({ outcome: "complete", attempts: 3 }) }]);
          await project.bedrock.addFaultRule({
            kind: "error",
            exception: "ValidationException",
            message: `Malformed input request: "${secret}" is not what was expected.`,
          });
          asked.push([await ask(), {
            ...trace,
            ...own({ outcome: "failed" }),
            "error.type": "bedrock_request_refused",
          }]);
          asked.push([await ask({}, `00-${"0".repeat(32)}-${trace.span_id}-01`), {}]);

          // A line is written before its answer, and may be read after it.
          for (let n = 0; n < 500 && lines.length < asked.length; n++) {
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          const entries = lines.map((line) => JSON.parse(line));
          expect(entries.map(({ event }) => event)).toEqual(asked.map(() => "call"));
          for (const [index, [request_id, expected]] of asked.entries()) {
            expect(entries[index]).toEqual(expect.objectContaining({ request_id, ...expected }));
            expect(Object.keys(entries[index]).filter((name) => !fieldsOfCall.has(name))).toEqual(
              [],
            );
          }
          // What is no trace is none.
          expect(entries.at(-1)).not.toHaveProperty("trace_id");
          await expectJoined(project, entries, "call");
        },
        {},
        (line) => lines.push(line),
      ));
    const printed = lines.join("\n");
    for (const word of ["mother", "a rash", "Monday", "You wrote"]) {
      expect(printed).not.toContain(word);
    }
  });
}

Deno.test("manage-bedrock-models logs ids of the registry, and no other text of a caller", async () => {
  const lines: string[] = [];
  const requests: Record<string, unknown>[] = [
    { action: "validate", model_id: novaLite },
    { action: "usage", model_id: secret },
    { action: "what-if", model_id: secret },
    { action: "validate", model_id: secret },
    { action: "enable", model_id: secret },
    { action: "register", model_id: secret },
    { action: "set-assistant-model", assistant_type: "my_mother", model_id: novaLite },
    { action: "set-assistant-model", assistant_type: "health", model_id: secret },
    { action: "list", [secret]: secret },
    { action: secret },
    { action: "history", limit: secret },
  ];
  await withFreshProject(stack, (project) =>
    withFunctionProcess(
      stack,
      "manage-bedrock-models",
      async (url) => {
        const statuses: number[] = [];
        for (const request of requests) {
          const headers = {
            apikey: project.keys.secret,
            "x-switchboard-source": secret,
            "x-request-id": secret,
          };
          statuses.push(
            (await post(`${url}?${encodeURIComponent(secret)}`, request, headers)).status,
          );
        }
        expect(statuses).toEqual([200, 200, ...Array(6).fill(404), 400, 400, 400]);
        for (let n = 0; n < 500 && lines.length < requests.length; n++) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      {},
      (line) => lines.push(line),
    ));
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries.slice(0, 2)).toMatchObject([
    { event: "models-managed", action: "validate", model_id: novaLite, source: "api" },
    { event: "models-managed", action: "usage", model_id: null },
  ]);
  expect(entries.slice(2).map(({ event }) => event))
    .toEqual(Array(requests.length - 2).fill("request-failed"));
  for (const word of ["mother", "rash", "Monday"]) expect(lines.join("\n")).not.toContain(word);
});
