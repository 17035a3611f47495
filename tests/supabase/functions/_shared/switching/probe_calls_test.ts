import { expect } from "@std/expect";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { ModelAnswer } from "../../../../../supabase/functions/_shared/core/answer.ts";
import { unknownUsage } from "../../../../../supabase/functions/_shared/formats/usage.ts";
import {
  probeCalls,
  type ProbeSubject,
} from "../../../../../supabase/functions/_shared/switching/probe_calls.ts";
import { modelRow } from "../model_row.ts";
import { decode } from "../../../../../supabase/functions/_shared/media/base64.ts";

const images: Capabilities["images"] = {
  max_count: 1,
  max_bytes: 100_000,
  max_side: null,
  types: ["image/png"],
  in_tool_results: false,
};
const tools: Capabilities["tools"] = {
  choices: ["any", "tool"],
  single: true,
  names: "underscore",
  ids: "any",
  strict: false,
};

function calls(capabilities: Partial<Capabilities>, subject: Partial<ProbeSubject> = {}) {
  const model = modelRow({ capabilities: { ...textOnly, ...capabilities } });
  return probeCalls({ model, config: {}, thorough: true, ...subject });
}
const names = (...args: Parameters<typeof calls>) => calls(...args).map(({ name }) => name);

Deno.test("a probe calls a tool and sends an image only where the row has them, and it is thorough", () => {
  expect(names({})).toEqual(["invoke", "stream"]);
  expect(names({ images, tools })).toEqual(["invoke", "stream", "tool", "image"]);
  expect(names({ images: { ...images, types: ["image/jpeg"] } })).toEqual(["invoke", "stream"]);
  expect(names({ images, tools }, { thorough: false })).toEqual(["invoke", "stream"]);
});

Deno.test("a probe forces the tool where the row can, and asks for it in words elsewhere", () => {
  const asked = (choices: ("any" | "tool" | "none")[]) =>
    calls({ tools: { ...tools, choices } }).find(({ name }) => name === "tool")?.request;
  expect(asked(["any", "tool"])?.tools)
    .toMatchObject({ choice: { type: "tool", name: "report_check" } });
  const byWords = asked(["none"]);
  expect(byWords?.tools?.choice?.type ?? "auto").toBe("auto");
  expect(JSON.stringify(byWords?.messages)).toContain("Call the tool report_check");
});

Deno.test("a probe fails where the model does not call the tool", () => {
  const problem = (blocks: ModelAnswer["blocks"], stopReason: ModelAnswer["stopReason"]) =>
    calls({ tools }).find(({ name }) => name === "tool")?.problemOf({
      blocks,
      stopReason,
      providerStopReason: stopReason,
      usage: unknownUsage,
    });
  const called = { type: "tool-use", id: "1", name: "report_check", input: {} } as const;
  expect(problem([called], "tool_use")).toBeNull();
  expect(problem([{ ...called, name: "another" }], "tool_use")).not.toBeNull();
  expect(problem([{ type: "text", text: "OK" }], "end_turn"))
    .toBe("It did not call the tool that it was asked to call (end_turn).");
});

Deno.test("each call of a probe has the assistant's guardrail and settings", () => {
  const guardrail = { id: "abc1", version: "3" };
  const config = { temperature: 0.3 };
  for (const { request } of calls({ images, tools }, { guardrail, config })) {
    expect(request.guardrail).toEqual(guardrail);
    expect(request.inference.temperature).toBe(0.3);
  }
  expect(calls({})[0]?.request.guardrail).toBeNull();
});

Deno.test("a probe's image is the PNG that it says it is, within the smallest limits", () => {
  const block = calls({ images }).at(-1)?.request.messages[0]?.blocks[0];
  if (block?.type !== "image" || block.source.kind !== "base64") throw new Error("no image");
  const bytes = decode(block.source.data);
  expect([...bytes.slice(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  expect([header.getUint32(16), header.getUint32(20)]).toEqual([64, 64]);
  expect(bytes.length).toBeLessThan(200);
});
