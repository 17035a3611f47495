import { expect } from "@std/expect";
import type { ModelAnswer } from "../../../../../supabase/functions/_shared/core/answer.ts";
import type {
  ContentBlock,
  DocumentType,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { unknownUsage } from "../../../../../supabase/functions/_shared/formats/usage.ts";
import { decode } from "../../../../../supabase/functions/_shared/media/base64.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { FormatId } from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { ProbeSubject } from "../../../../../supabase/functions/_shared/switching/probe_request.ts";
import type {
  ProbeCall,
  ProbeStep,
} from "../../../../../supabase/functions/_shared/switching/probe_step.ts";
import { probeSteps } from "../../../../../supabase/functions/_shared/switching/probe_steps.ts";
import { modelRow } from "../model_row.ts";

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
const documents = (...types: DocumentType[]): Capabilities["documents"] => ({
  max_count: 1,
  max_bytes: 100_000,
  types,
});
const caching: NonNullable<Capabilities["caching"]> = {
  min_tokens: 1024,
  max_points: 4,
  ttls: ["5m", "1h"],
  places: ["tools", "system", "messages"],
  automatic: false,
};
const everything = {
  images,
  tools,
  documents: documents("application/pdf"),
  caching,
  output_schema: true,
};

function steps(
  capabilities: Partial<Capabilities>,
  { format, ...subject }: Partial<ProbeSubject> & { readonly format?: FormatId } = {},
) {
  const model = modelRow({
    capabilities: { ...textOnly, ...capabilities },
    ...(format && { format }),
  });
  return probeSteps({ model, config: {}, thorough: true, ...subject });
}

function call(name: string, ...args: Parameters<typeof steps>): ProbeCall {
  const step = steps(...args).find((each) => each.name === name);
  if (step === undefined || !("request" in step)) throw new Error(`no call: ${name}`);
  return step;
}

const isCall = (step: ProbeStep): step is ProbeCall => "request" in step;
const names = (...args: Parameters<typeof steps>) => steps(...args).map(({ name }) => name);

function verdict(
  { judge }: ProbeCall,
  blocks: readonly ContentBlock[],
  stopReason: ModelAnswer["stopReason"],
) {
  return judge({ blocks, stopReason, providerStopReason: stopReason, usage: unknownUsage });
}
const said = (text: string) => [{ type: "text" as const, text }];

Deno.test("a probe checks each thing that the row has, and only text where it is not thorough", () => {
  expect(names({})).toEqual(["invoke", "stream"]);
  expect(names(everything))
    .toEqual(["invoke", "stream", "tool", "schema", "image", "document", "caching"]);
  expect(names(everything, { thorough: false })).toEqual(["invoke", "stream"]);
});

Deno.test("a probe tells which checks it cannot make, and why", () => {
  const untried = (capabilities: Partial<Capabilities>) =>
    steps(capabilities).filter((step) => !isCall(step));
  expect(untried(everything)).toEqual([]);
  expect(untried({ images: { ...images, types: ["image/jpeg", "image/gif"] } })).toEqual([
    { name: "image", reason: "the probe has no image of image/jpeg, image/gif" },
  ]);
  expect(untried({ documents: documents("application/msword") })).toEqual([
    { name: "document", reason: "the probe has no document of application/msword" },
  ]);
  expect(untried({ documents: documents("text/plain") })).toEqual([
    { name: "document", reason: "the format nova has documents of text sent as text" },
  ]);
  expect(untried({ caching: { ...caching, places: ["tools"] } })).toEqual([
    { name: "caching", reason: "the row caches tools only, and takes none" },
  ]);
});

Deno.test("a probe forces the tool where the row can, and asks for it in words elsewhere", () => {
  const asked = (choices: ("any" | "tool" | "none")[]) =>
    call("tool", { tools: { ...tools, choices } }).request;
  expect(asked(["any", "tool"]).tools)
    .toMatchObject({ choice: { type: "tool", name: "report_check" } });
  const byWords = asked(["none"]);
  expect(byWords.tools?.choice?.type ?? "auto").toBe("auto");
  expect(JSON.stringify(byWords.messages)).toContain("Call the tool report_check");
});

Deno.test("a probe fails where the model does not call the tool", () => {
  const tool = call("tool", { tools });
  const called = { type: "tool-use", id: "1", name: "report_check", input: {} } as const;
  expect(verdict(tool, [called], "tool_use").ok).toBe(true);
  expect(verdict(tool, [{ ...called, name: "another" }], "tool_use").ok).toBe(false);
  expect(verdict(tool, said("OK"), "end_turn"))
    .toEqual({ ok: false, text: "It did not call the tool that it was asked to call (end_turn)." });
});

Deno.test("a probe holds the answer to a schema by the model itself, and fails where it does not fit", () => {
  const schema = call("schema", { output_schema: true, tools });
  expect(schema.request).toMatchObject({ output: { by: "model" }, tools: null });
  expect(verdict(schema, said('{"word": "OK"}'), "end_turn").ok).toBe(true);
  expect(verdict(schema, said("No."), "guardrail_intervened").ok).toBe(true);
  for (const text of ["OK", '{"word": 1}', '{"word": "O', "null"]) {
    expect(verdict(schema, said(text), "max_tokens")).toEqual({
      ok: false,
      text: "Its answer does not fit the schema that it was sent (max_tokens).",
    });
  }
});

Deno.test("a probe sends a PDF where the row takes one, and else a document of text", () => {
  const sent = (...types: DocumentType[]) =>
    call("document", { documents: documents(...types) }, { format: "converse" }).request.messages[0]
      ?.blocks[0];
  expect(sent("text/csv", "application/pdf")).toMatchObject({ mediaType: "application/pdf" });
  expect(sent("application/msword", "text/csv")).toMatchObject({ mediaType: "text/csv" });
});

Deno.test("a probe passes whatever the answer about an image or a document, and says what it shows", () => {
  const image = call("image", { images });
  expect(verdict(image, said("Red."), "end_turn").text).toBe("The image was read.");
  expect(verdict(image, said("It is bored"), "end_turn")).toEqual({
    ok: true,
    text: "The image was accepted; the answer does not show that it was read.",
  });
  const document = call("document", { documents: documents("application/pdf") });
  expect(verdict(document, said("Osprey"), "end_turn").text).toBe("The document was read.");
  expect(verdict(document, [], "max_tokens").text).toContain("does not show");
  for (const { request } of [image, document]) {
    expect(JSON.stringify(request.messages.map(({ blocks }) => blocks.slice(1))))
      .not.toMatch(/\bred\b|osprey/i);
  }
});

Deno.test("a probe marks every place of the row for its cache, for an hour where it can be", () => {
  const marks = (changes: Partial<typeof caching>) => {
    const { tools: sent, system, messages } =
      call("caching", { tools, caching: { ...caching, ...changes } }).request;
    return [...sent?.tools ?? [], ...system, ...messages.flatMap(({ blocks }) => blocks)]
      .map((part) => "cache" in part ? part.cache?.ttl : undefined);
  };
  expect(marks({})).toEqual(["1h", "1h", "1h"]);
  expect(marks({ ttls: ["5m"] })).toEqual([null, null, null]);
  expect(marks({ places: ["system", "messages"] })).toEqual(["1h", "1h"]);
  expect(marks({ places: ["messages"], max_points: 1 })).toEqual([undefined, "1h"]);
});

Deno.test("each call of a probe has the assistant's guardrail and settings", () => {
  const guardrail = { id: "abc1", version: "3" };
  const config = { temperature: 0.3 };
  for (const { request } of steps(everything, { guardrail, config }).filter(isCall)) {
    expect(request.guardrail).toEqual(guardrail);
    expect(request.inference.temperature).toBe(0.3);
  }
  expect(call("invoke", {}).request.guardrail).toBeNull();
});

/** The bytes that a check sends. */
function sentBytes(name: string): Uint8Array {
  const block = call(name, everything).request.messages[0]?.blocks[0];
  if (block?.type !== "image" && block?.type !== "document") throw new Error("no media");
  if (block.source.kind !== "base64") throw new Error("not inline");
  return decode(block.source.data);
}

Deno.test("a probe's image is the PNG that it says it is, within the smallest limits", () => {
  const bytes = sentBytes("image");
  expect([...bytes.slice(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  expect([header.getUint32(16), header.getUint32(20)]).toEqual([64, 64]);
  expect(bytes.length).toBeLessThan(200);
});

Deno.test("a probe's PDF has its objects where its table says, and is small", () => {
  const file = new TextDecoder().decode(sentBytes("document"));
  expect(file.length).toBeLessThan(1000);
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(file)?.[1]);
  expect(file.slice(table, table + 5)).toBe("xref\n");
  const places = [...file.matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place));
  expect(places.map((place) => file.slice(place, place + 7)))
    .toEqual([1, 2, 3, 4, 5].map((number) => `${number} 0 obj`));
  const [, length, text = ""] = /\/Length (\d+)>>stream\n([^]*?)\nendstream/.exec(file) ?? [];
  expect([text.length, text.includes("(osprey)")]).toEqual([Number(length), true]);
});
