import { expect } from "@std/expect";
import type { Message } from "../../../../../supabase/functions/_shared/core/content.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import {
  lackOf,
  needsOf,
} from "../../../../../supabase/functions/_shared/selection/content_needs.ts";
import {
  hintOfTakers,
  selectModel,
} from "../../../../../supabase/functions/_shared/selection/select_model.ts";
import { tinyPng } from "../formats/blocks.ts";
import { modelRow } from "../model_row.ts";
import { registryOf, selectionRequest } from "./registry_of.ts";

const png = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: btoa("12345") },
} as const;
const pdf = {
  type: "document",
  mediaType: "application/pdf",
  name: "Lab report",
  source: { kind: "storage", bucket: "reports", path: "a.pdf", size: 7_000 },
} as const;

function asked(...blocks: Message["blocks"]): Message {
  return { role: "user", blocks, modelId: null };
}

const seeing = {
  ...textOnly,
  images: {
    max_count: 2,
    max_bytes: 5,
    max_side: null,
    types: ["image/png" as const],
    in_tool_results: false,
  },
};

Deno.test("needsOf() counts images and documents, also in results of tools, and their bytes", () => {
  const result = { type: "tool-result", toolUseId: "1", content: [png], isError: false } as const;
  expect(needsOf(asked({ type: "text", text: "Look." }, png, pdf, result))).toEqual({
    media: [
      { kind: "image", mediaType: "image/png", bytes: 5, side: null },
      { kind: "document", mediaType: "application/pdf", bytes: 7_000, side: null },
      { kind: "image", mediaType: "image/png", bytes: 5, side: null },
    ],
    tools: false,
  });
  expect(needsOf(asked({ type: "text", text: "Look." }), [{}])).toEqual({ media: [], tools: true });
});

Deno.test("lackOf() names what a model does not take, and the limit", () => {
  const lack = (message: Message, capabilities = seeing, tools: unknown[] = []) =>
    lackOf(modelRow({ capabilities }), needsOf(message, tools));
  const large = { ...png, source: { kind: "base64", data: btoa("123456") } } as const;
  expect(lack(asked(png, png))).toBeNull();
  expect(lackOf(modelRow(), undefined)).toBeNull();
  expect(lack(asked(png), textOnly as typeof seeing)).toBe("takes no images");
  expect(lack(asked({ ...png, mediaType: "image/gif" })))
    .toBe("takes no images of the type image/gif");
  expect(lack(asked(png, png, png))).toBe("takes at most 2 images");
  expect(lack(asked(png, large))).toBe("takes images of at most 5 bytes; one has 6");
  expect(lack(asked(pdf))).toBe("takes no documents");
  expect(lack(asked(png), seeing, [{}])).toBe("takes no tools");
});

Deno.test("lackOf() measures images whose header tells their size", () => {
  const model = (max_side: number | null) =>
    modelRow({
      capabilities: { ...seeing, images: { ...seeing.images, max_bytes: 99, max_side } },
    });
  const needs = needsOf(asked({ ...png, source: { kind: "base64", data: tinyPng } }));
  expect(needs.media[0]?.side).toBe(1);
  expect(lackOf(model(1), needs)).toBeNull();
  expect(lackOf(model(null), { ...needs, media: needs.media.map((one) => ({ ...one, side: 9 })) }))
    .toBeNull();
  expect(lackOf(model(8), { ...needs, media: needs.media.map((one) => ({ ...one, side: 9 })) }))
    .toBe("takes images of at most 8 pixels a side; one has 9");
});

Deno.test("lackOf() takes a document of text for text, where the model takes none as a document", () => {
  const csv = { ...pdf, mediaType: "text/csv" } as const;
  expect(lackOf(modelRow(), needsOf(asked(csv)))).toBeNull();
  expect(lackOf(modelRow(), needsOf(asked(csv, pdf)))).toBe("takes no documents");
  const documents = { max_count: 1, max_bytes: 7_000, types: [pdf.mediaType, csv.mediaType] };
  const model = modelRow({ capabilities: { ...textOnly, documents } });
  const large = { ...csv, source: { ...csv.source, size: 7_001 } };
  expect(lackOf(model, needsOf(asked(csv, csv, large, pdf)))).toBeNull();
  expect(lackOf(model, needsOf(asked(csv, pdf, pdf)))).toBe("takes at most 1 documents");
});

Deno.test("selectModel() lets a model that sees stand in for a pin that does not, and keeps no other due", () => {
  const models = { blind: {}, seeing: { capabilities: seeing } };
  const needs = needsOf(asked(png));
  const cases = [
    [registryOf(models, { clinical: "blind" }), {}],
    [registryOf(models, { clinical: "seeing" }), { pinnedModelId: "blind" }],
    [registryOf(models, { clinical: "seeing" }), { requestedModelId: "blind" }],
  ] as const;
  for (const [registry, request] of cases) {
    expect(selectModel(selectionRequest(registry, { ...request, needs }))).toEqual({
      model: expect.objectContaining({ model_id: "seeing" }),
      reason: "fallback",
      replaced: {
        modelId: "blind",
        code: "modality_not_supported",
        message: "blind takes no images.",
      },
      isDue: false,
    });
  }
});

Deno.test("selectModel() hands nothing to a successor that cannot take it either", () => {
  const registry = registryOf({
    old: { capabilities: seeing, lifecycle: "legacy", successor_model_id: "new" },
    new: {},
  }, { clinical: "old" });
  const request = selectionRequest(registry, { needs: needsOf(asked(png)) });
  expect(selectModel(request).model.model_id).toBe("old");
  expect(hintOfTakers(request)).toBe("Available models that take it: old");
});

Deno.test("selectModel() says which model takes no images where none does", () => {
  const registry = registryOf({ blind: {}, other: {} }, { clinical: "blind" });
  expect(() => selectModel(selectionRequest(registry, { needs: needsOf(asked(png)) }))).toThrow(
    expect.objectContaining({
      code: "modality_not_supported",
      message: "blind takes no images.",
      hint: "Available models that take it: none",
    }),
  );
});
