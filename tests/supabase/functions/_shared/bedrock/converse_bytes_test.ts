import { expect } from "@std/expect";
import {
  fromSdkOutput,
  toSdkInput,
} from "../../../../../supabase/functions/_shared/bedrock/converse_bytes.ts";

Deno.test("toSdkInput() turns encrypted reasoning into bytes and nothing else", () => {
  const sent = {
    messages: [{
      role: "assistant",
      content: [{ text: "AQID" }, {
        reasoningContent: { redactedContent: "AQID" },
      }],
    }],
    inferenceConfig: { maxTokens: 5 },
  };
  expect(toSdkInput(sent)).toEqual({
    messages: [{
      role: "assistant",
      content: [
        { text: "AQID" },
        { reasoningContent: { redactedContent: new Uint8Array([1, 2, 3]) } },
      ],
    }],
    inferenceConfig: { maxTokens: 5 },
  });
});

Deno.test("fromSdkOutput() turns bytes into base64 and unwraps unknown members of a union", () => {
  const large = new Uint8Array(300_000).fill(7);
  expect(fromSdkOutput({
    content: [
      { reasoningContent: { redactedContent: new Uint8Array([1, 2, 3]) } },
      { $unknown: ["hologram", { bytes: "AAAA" }] },
      { image: { source: { bytes: large } } },
    ],
    trace: undefined,
    latencyMs: 5,
  })).toEqual({
    content: [
      { reasoningContent: { redactedContent: "AQID" } },
      { hologram: { bytes: "AAAA" } },
      { image: { source: { bytes: "BwcH".repeat(100_000) } } },
    ],
    latencyMs: 5,
  });
});
