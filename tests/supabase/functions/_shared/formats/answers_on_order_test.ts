/** Each format reads what the stand-in's models answer on order, from the request to the blocks. */
import { expect } from "@std/expect";
import { PromptCache } from "../../../../../stand-in/answers/prompt_cache.ts";
import { ScriptedThinking } from "../../../../../stand-in/answers/thinking_signature.ts";
import { answerQuestion } from "../../../../../stand-in/calls/answer_question.ts";
import { CallFaults } from "../../../../../stand-in/faults/call_faults.ts";
import { readRequest } from "../../../../../stand-in/formats/read_request.ts";
import { guardrail } from "../../../../../stand-in/guardrails/guardrail.ts";
import { Guardrails } from "../../../../../stand-in/guardrails/guardrails.ts";
import type { ServedModel } from "../../../../../stand-in/models/served_model.ts";
import { servedModels } from "../../../../../stand-in/models/served_models.ts";
import type { ModelAnswer } from "../../../../../supabase/functions/_shared/core/answer.ts";
import type { Message } from "../../../../../supabase/functions/_shared/core/content.ts";
import { formatOf } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import { inferenceSettings } from "../../../../../supabase/functions/_shared/formats/inference_settings.ts";
import type { Asked } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { formatsOf, servedRow } from "./served_row.ts";

const guardrails = new Guardrails("eu-central-1");
guardrails.set(
  "abc",
  guardrail.parse({
    words: [
      { word: "poison", on: "input" },
      { word: "Anna", action: "mask", on: "input" },
    ],
  }),
);
const timing = { firstByteMs: 1, totalMs: 1 };
const plain: Asked = {
  system: [],
  messages: [],
  tools: [],
  toolChoice: null,
  parallelTools: true,
  outputSchema: null,
  effort: null,
  guardrail: null,
  betas: [],
};
const openingHours = {
  name: "opening-hours",
  description: "When the practice is open.",
  inputSchema: { type: "object", properties: { day: { type: "string" } }, required: ["day"] },
};
const say = (text: string, role: Message["role"] = "user"): Message => ({
  role,
  modelId: null,
  blocks: [{ type: "text", text }],
});

interface Called {
  readonly served: ServedModel;
  readonly row: Model;
  readonly ask: (asked: Partial<Asked>, ...messages: Message[]) => ModelAnswer;
}

/** Asks every model in every format in which it can be called. */
function forEachModel(test: (called: Called) => void): void {
  for (const served of servedModels) {
    for (const format of formatsOf(served)) {
      const row = servedRow(served, format);
      const promptCache = new PromptCache(() => 0);
      const dependencies = { promptCache, guardrails, scriptedThinking: new ScriptedThinking() };
      const ask: Called["ask"] = (asked, ...messages) => {
        const request = prepareRequest(
          row,
          { ...plain, ...asked, messages },
          inferenceSettings(row, {}),
        );
        const own = formatOf(request);
        const operation = own.operation === "invoke" ? "InvokeModel" : "Converse";
        const { question, body } = readRequest(
          operation,
          JSON.parse(JSON.stringify(own.encodeRequest(request))),
          served,
          { headers: headersOf(request.guardrail), wroteIt: () => false },
        );
        const answer = answerQuestion(question, served, operation, new CallFaults(), dependencies);
        return own.decodeResponse(JSON.parse(JSON.stringify(body(answer, timing))), request);
      };
      try {
        test({ served, row, ask });
      } catch (error) {
        throw new Error(`${served.name} as ${format}: ${error}`);
      }
    }
  }
}

function headersOf(asked: Asked["guardrail"]): Headers {
  return new Headers(
    asked === null ? {} : {
      "x-amzn-bedrock-guardrailidentifier": asked.id,
      "x-amzn-bedrock-guardrailversion": asked.version,
      "x-amzn-bedrock-trace": "ENABLED",
    },
  );
}

function textOf({ blocks }: ModelAnswer): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

Deno.test("every model calls a tool by the caller's name, ordered or forced", () => {
  forEachModel(({ ask }) => {
    const order = say('Call the tool opening-hours with {"day": "Monday"}.');
    const ordered = ask({ tools: [openingHours] }, order);
    expect(ordered.stopReason).toBe("tool_use");
    expect(ordered.blocks).toContainEqual({
      type: "tool-use",
      id: expect.any(String),
      name: "opening-hours",
      input: { day: "Monday" },
    });
    const toolChoice = { type: "tool" as const, name: "opening-hours" };
    const forced = ask({ tools: [openingHours], toolChoice }, order);
    expect(forced.blocks.some(({ type }) => type === "tool-use")).toBe(true);
  });
});

Deno.test("every model answers with JSON that fits a schema, by whatever holds it to it", () => {
  const schema = { type: "object", properties: { n: { type: "integer", minimum: 1 } } };
  const outputSchema = { name: "answer", description: null, schema };
  forEachModel(({ ask }) => {
    const answer = ask({ outputSchema }, say("How many?"));
    expect(answer.stopReason).toBe("end_turn");
    expect(JSON.parse(textOf(answer).replaceAll(/```(json)?/g, ""))).toEqual({ n: 1 });
  });
});

Deno.test("every model takes an effort, or is not told of it", () => {
  forEachModel(({ ask, served }) => {
    const answer = ask({ effort: "high" }, say("Hello"));
    expect(answer.stopReason).toBe("end_turn");
    const thinks = answer.blocks.some(({ type }) => type === "thinking");
    expect(thinks).toBe(served.thinking.types.length > 0 || served.thinking.efforts === true);
  });
});

Deno.test("a guardrail stops the newest question only, and what it masks goes on", () => {
  const asked = { guardrail: { id: "abc", version: "1" } };
  forEachModel(({ ask }) => {
    expect(ask(asked, say("Where is poison?")).stopReason).toBe("guardrail_intervened");
    expect(ask(asked, say("I am Anna.")).stopReason).toBe("end_turn");
    const later = ask(asked, say("poison"), say("No.", "assistant"), say("Hello"));
    expect(later.stopReason).toBe("end_turn");
  });
});

Deno.test("a model that caches reads the system prompt at the second question", () => {
  const system = [{ type: "text" as const, text: "word ".repeat(6_000) }];
  forEachModel(({ ask, row }) => {
    const first = ask({ system }, say("Hello"));
    const second = ask({ system }, say("And now?"));
    const caches = row.capabilities.caching !== undefined;
    expect((first.usage.cacheWriteTokens ?? 0) > 0).toBe(caches);
    expect((second.usage.cacheReadTokens ?? 0) > 0).toBe(caches);
  });
});
