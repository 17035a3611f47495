import { expect } from "@std/expect";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import { formatOf } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type {
  RunEvent,
  RunOutcome,
} from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import { registryOf } from "../selection/registry_of.ts";
import { runWorld, type Step } from "./run_world.ts";

const outputSchema = {
  name: "answer",
  description: null,
  schema: {
    type: "object",
    properties: { urgent: { type: "boolean" } },
    required: ["urgent"],
    additionalProperties: false,
  },
};

const json = '{"urgent":true}';
const text = (text: string): ContentBlock => ({ type: "text", text });
const thinking = { type: "thinking", text: "Hm.", signature: "signed" } as const;
const gives = (...gives: ContentBlock[]): Step => ({ gives });

function outcomeOf(events: readonly RunEvent[]): RunOutcome {
  const last = events.at(-1);
  if (last?.type !== "stop") throw new Error("a run must end in a stop");
  return last.outcome;
}

for (const streamed of [false, true]) {
  const given = streamed ? "streamed" : "whole";
  const asked = { outputSchema, streamed };

  Deno.test(`run() completes an answer that fits its schema, without a code fence (${given})`, async () => {
    const answers: ContentBlock[][] = [
      [text(json)],
      [text(`\n ${json}\n`)],
      [text("```json\n" + json + "\n```")],
      [thinking, text("I answer with the tool."), text(json)],
      [thinking, text("Here it is:\n```\n"), text(`${json}\n`), text("```\nAnything else?")],
    ];
    for (const blocks of answers) {
      const world = runWorld({ a: [gives(...blocks)] });
      const events = await world.play(asked);
      const outcome = outcomeOf(events);
      if (outcome.kind !== "complete") throw outcome.error;
      const texts = outcome.answer.blocks.filter(({ type }) => type === "text");
      expect(texts).toHaveLength(1);
      expect(JSON.parse((texts[0] as { text: string }).text)).toEqual({ urgent: true });
      expect(outcome.answer.blocks.length).toBe(blocks.includes(thinking) ? 2 : 1);
      if (!streamed) continue;
      const told = events.filter(({ type }) => type === "text-delta");
      expect(told).toEqual([{ type: "text-delta", text: (texts[0] as { text: string }).text }]);
      expect(events.filter(({ type }) => type === "block-end"))
        .toEqual(outcome.answer.blocks.map((block) => ({ type: "block-end", blocks: [block] })));
    }
  });

  Deno.test(`run() has an answer repaired once, and puts the first on record (${given})`, async () => {
    const world = runWorld({ a: [gives(thinking, text('{"urgent":"very"}')), gives(text(json))] });
    const events = await world.play(asked);
    expect(outcomeOf(events)).toMatchObject({
      kind: "complete",
      answer: { blocks: [text(json)] },
      record: {
        attempts: 2,
        bedrock_request_id: "call-2",
        fallback_code: null,
        unanswered_calls: [{
          model_id: "a",
          error_code: "malformed_output",
          bedrock_request_id: "call-1",
          input_tokens: 3,
          output_tokens: 2,
          usage_estimated: false,
        }],
      },
    });
    expect(events.filter(({ type }) => type === "start")).toHaveLength(streamed ? 1 : 0);
    expect(JSON.stringify(events.slice(0, -1))).not.toContain("very");
    // It is told what was wrong.
    const [, repair] = world.requests;
    expect(repair?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(repair?.messages[1]?.blocks).toEqual([text('{"urgent":"very"}')]);
    expect(JSON.stringify(repair?.messages[2])).toContain('Expected \\"boolean\\"');
    expect(world.waits).toEqual([]);
  });

  Deno.test(`run() gives up an answer that does not fit after one repair, and asks no other model (${given})`, async () => {
    const world = runWorld({
      a: [gives(text("Yes, it is.")), gives(text('{"urgent":'))],
    });
    const events = await world.play(asked);
    expect(events.map(({ type }) => type)).toEqual(["stop"]);
    expect(outcomeOf(events)).toMatchObject({
      kind: "failed",
      error: {
        status: 502,
        code: "malformed_output",
        retryable: true,
        hint: "It is not JSON.",
      },
      record: {
        error_code: "malformed_output",
        model_id: "a",
        attempts: 2,
        input_tokens: 3,
        output_tokens: 2,
        usage_estimated: false,
        bedrock_request_id: "call-2",
        unanswered_calls: [{ error_code: "malformed_output", input_tokens: 3, output_tokens: 2 }],
      },
    });
    expect(world.called).toEqual(["a", "a"]);
    if (streamed) expect(world.closed).toEqual(["a", "a"]);
    expect(world.breaker.admits("a")).toBe(true);
  });

  Deno.test(`run() repairs once in all, whatever becomes of that call (${given})`, async () => {
    const wrong = gives(text("No."));
    const world = runWorld({
      a: [{ fails: "bedrock_throttled" }, wrong, { fails: "bedrock_access_denied" }],
      b: [wrong],
    });
    expect(outcomeOf(await world.play(asked)).record)
      .toMatchObject({ status: "failed", attempts: 4, unanswered_calls: expect.any(Array) });
    expect(world.called).toEqual(["a", "a", "a", "b"]);
  });

  Deno.test(`run() has the user's question guarded in a repair too, on every model (${given})`, async () => {
    const wrong = gives(text("No."));
    const models = registryOf({
      a: { is_default: true, priority: 1, format: "claude" },
      b: { priority: 2, format: "converse" },
    }, { clinical: null });
    const assistants = models.assistants.map((row) => ({
      ...row,
      guardrail_id: "gr1",
      guardrail_version: "3",
    }));
    const registry = { ...models, assistants };
    const world = runWorld({
      a: [wrong, { fails: "bedrock_access_denied" }],
      b: [gives(text(json))],
    }, { registry: { get: () => Promise.resolve({ registry, stale: false }) } });
    const question = { role: "user", blocks: [text("May I go?")], modelId: null } as const;
    expect(outcomeOf(await world.play({ ...asked, question })).kind).toBe("complete");
    const bodies = world.requests.map((request) => formatOf(request).encodeRequest(request));
    const guarded = bodies.map(({ messages }) =>
      JSON.stringify(messages).match(
        /(guardContent_said1>|"guardContent":{"text":{"text":")[^<"]+/g,
      )
    );
    expect(guarded).toEqual([
      ["guardContent_said1>May I go?"],
      ["guardContent_said1>May I go?"],
      ['"guardContent":{"text":{"text":"May I go?'],
    ]);
    expect(JSON.stringify(bodies)).toContain("does not fit the schema");
  });

  Deno.test(`run() begins no repair for which no time is left (${given})`, async () => {
    const world = runWorld({ a: [gives(text("No."))] });
    const timeoutMs = streamed ? 10 : 100;
    expect(outcomeOf(await world.play({ ...asked, timeoutMs, fallback: false })).record)
      .toMatchObject({ error_code: "malformed_output", attempts: 1 });
  });

  Deno.test(`run() completes interventions, refusals and tool calls as they are (${given})`, async () => {
    const call: ContentBlock = { type: "tool-use", id: "1", name: "look", input: {} };
    const steps: Step[] = [
      { gives: [text("I cannot say.")], stops: "guardrail_intervened" },
      { gives: [text("No.")], stops: "refusal" },
      { gives: [], stops: "content_filtered" },
      { gives: [text("One moment."), call], stops: "tool_use" },
    ];
    for (const step of steps) {
      const world = runWorld({ a: [step] });
      expect(outcomeOf(await world.play(asked))).toMatchObject({
        kind: "complete",
        answer: { blocks: "gives" in step ? step.gives : [] },
      });
    }
  });

  Deno.test(`run() completes an answer that was cut off, without a second call (${given})`, async () => {
    for (const stops of ["max_tokens", "context_window_exceeded"] as const) {
      for (const cut of ['{"urgent":', "{}", "Here it"]) {
        const world = runWorld({ a: [{ gives: [text(cut)], stops }] });
        const events = await world.play(asked);
        expect(outcomeOf(events)).toMatchObject({
          kind: "complete",
          answer: { blocks: [text(cut)], stopReason: stops },
          record: { attempts: 1 },
        });
        expect(events.filter(({ type }) => type === "text-delta"))
          .toEqual(streamed ? [{ type: "text-delta", text: cut }] : []);
      }
      const fenced = { gives: [text("```\n" + json + "\n```")], stops };
      expect(outcomeOf(await runWorld({ a: [fenced] }).play(asked)))
        .toMatchObject({ kind: "complete", answer: { blocks: [text(json)] } });
    }
  });

  Deno.test(`run() calls no model for a schema that cannot be used (${given})`, async () => {
    const world = runWorld({});
    const schema = { ...outputSchema, schema: { $ref: "https://example.com/schema.json" } };
    expect(outcomeOf(await world.play({ ...asked, outputSchema: schema }))).toMatchObject({
      kind: "failed",
      error: { status: 400, code: "invalid_request" },
    });
    expect(world.called).toEqual([]);
  });
}

Deno.test("run() tells that a model thinks over JSON, and gives nothing of a stream that breaks", async () => {
  const world = runWorld({
    a: [{ gives: [thinking, text('{"urgent":')], breaks: "bedrock_timeout" }],
    b: [gives(thinking, text(json))],
  });
  const events = await world.play({ outputSchema, streamed: true });
  const thought = ["thinking", "thinking-start", "thinking-delta"];
  expect(events.map(({ type }) => type).slice(0, 7)).toEqual([...thought, ...thought, "start"]);
  expect(events.filter(({ type }) => type === "text-delta"))
    .toEqual([{ type: "text-delta", text: json }]);
  expect(outcomeOf(events).record).toMatchObject({
    model_id: "b",
    fallback_code: "bedrock_timeout",
  });
});
