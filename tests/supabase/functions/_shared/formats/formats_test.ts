import { expect } from "@std/expect";
import fc from "fast-check";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import { unknownUsage } from "../../../../../supabase/functions/_shared/formats/usage.ts";
import { formatIds } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { fixture } from "./fixture.ts";
import { modelRequest, systemPrompt } from "./model_request.ts";

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return "none";
}

const claudeBody = { type: "message", role: "assistant", content: [], usage: {} };
const converseBody = { output: { message: { role: "assistant", content: [] } }, usage: {} };

Deno.test("formats holds every format under its own id", () => {
  expect(Object.keys(formats).sort()).toEqual([...formatIds].sort());
  for (const id of formatIds) expect(formats[id].id).toBe(id);
});

Deno.test("every format refuses a body of another kind as bedrock_bad_response", () => {
  const foreign = [
    undefined,
    null,
    "",
    "<html>",
    1,
    [],
    {},
    { message: "Too many requests" },
    { generation: "Llama's own", stop_reason: "stop" },
    { choices: [{ message: { role: "assistant", content: "OpenAI's own" } }] },
    { output: { message: { role: "user", content: [] } } },
    { output: { message: { role: "assistant", content: "text" } } },
    { output: { message: { role: "assistant", content: [null] } } },
    { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    { ...claudeBody, content: "text" },
    { ...claudeBody, content: [{ text: "no type" }] },
  ];
  for (const id of formatIds) {
    for (const body of foreign) {
      expect(codeOf(() => formats[id].decodeResponse(body, modelRequest()))).toBe(
        "bedrock_bad_response",
      );
    }
  }
  expect(codeOf(() => formats.claude.decodeResponse(converseBody, modelRequest()))).toBe(
    "bedrock_bad_response",
  );
  expect(codeOf(() => formats.nova.decodeResponse(claudeBody, modelRequest()))).toBe(
    "bedrock_bad_response",
  );
});

Deno.test("a body that is refused is not quoted in the message", () => {
  const body = { output: { message: { role: "assistant", content: "the patient's words" } } };
  for (const id of formatIds) {
    expect(() => formats[id].decodeResponse(body, modelRequest())).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("patient") }),
    );
  }
});

Deno.test("every format reads an answer without content, stop reason and usage", () => {
  const bodies = {
    nova: { output: { message: { role: "assistant", content: [] } } },
    claude: { type: "message", role: "assistant", content: [] },
    converse: { output: { message: { role: "assistant", content: [] } } },
  };
  for (const id of formatIds) {
    expect(formats[id].decodeResponse(bodies[id], modelRequest())).toEqual({
      blocks: [],
      stopReason: "unknown",
      providerStopReason: null,
      usage: unknownUsage,
    });
  }
});

Deno.test("every format writes plain JSON", () => {
  for (const id of formatIds) {
    const body = formats[id].encodeRequest(modelRequest({ system: systemPrompt("Be brief.") }));
    expect(JSON.parse(JSON.stringify(body))).toEqual(body);
  }
});

Deno.test("decodeResponse() answers or throws bedrock_bad_response for any mutation of a body", () => {
  const bodies = {
    nova: fixture("nova_tool_use"),
    claude: fixture("claude_thinking"),
    converse: fixture("converse_blocks"),
  };
  const id = fc.constantFrom(...formatIds);
  fc.assert(
    fc.property(id, fc.nat({ max: 60 }), fc.jsonValue({ maxDepth: 2 }), (id, nth, value) => {
      let seen = 0;
      const mutated = JSON.parse(
        JSON.stringify(bodies[id]),
        (_key, original) => seen++ === nth ? value : original,
      );
      expect(["none", "bedrock_bad_response"])
        .toContain(codeOf(() => formats[id].decodeResponse(mutated, modelRequest())));
    }),
  );
});

Deno.test("every format sends stop sequences by its own name, and none where there are none", () => {
  const inference = {
    maxTokens: 9,
    temperature: null,
    topP: null,
    topK: null,
    stopSequences: ["END", "\n\n"],
  };
  const sent = {
    nova: { inferenceConfig: { maxTokens: 9, stopSequences: ["END", "\n\n"] } },
    // Claude refuses one of white space alone.
    claude: { max_tokens: 9, stop_sequences: ["END"] },
    converse: { inferenceConfig: { maxTokens: 9, stopSequences: ["END", "\n\n"] } },
  };
  for (const id of formatIds) {
    expect(formats[id].encodeRequest(modelRequest({ inference }))).toMatchObject(sent[id]);
    const without = JSON.stringify(formats[id].encodeRequest(modelRequest({})));
    expect(without).not.toMatch(/stop_?sequences/i);
  }
});
