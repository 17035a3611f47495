/** One judge for the selection of a model and for what the model is sent. */
import { expect } from "@std/expect";
import fc from "fast-check";
import {
  type ContentBlock,
  type ImageBlock,
  imageTypes,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { judgeMedia } from "../../../../../supabase/functions/_shared/core/media_limits.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import { formatIds } from "../../../../../supabase/functions/_shared/registry/model.ts";
import {
  lackOf,
  needsOf,
} from "../../../../../supabase/functions/_shared/selection/content_needs.ts";
import {
  answerOf,
  image,
  pdf,
  text,
  textFile,
  tinyPng,
  toolResult,
  toolUse,
  user,
} from "../formats/blocks.ts";
import { asked } from "../formats/model_request.ts";
import { modelRow } from "../model_row.ts";

const csv = { kind: "document", mediaType: "text/csv", bytes: 9, side: null } as const;
const report = { ...csv, mediaType: "application/pdf" } as const;
const documents = { max_count: 1, max_bytes: 9, types: [csv.mediaType, report.mediaType] };
const itself = { as: "itself" } as const;
const asText = { as: "text" } as const;

const judge = (media: Parameters<typeof judgeMedia>[0], context_window = 100) =>
  judgeMedia(media, { capabilities: { documents }, context_window });

Deno.test("judgeMedia() lets documents of text use no place that another document needs", () => {
  expect(judge([csv, csv, report])).toEqual([asText, asText, itself]);
  expect(judge([csv, csv])).toEqual([itself, asText]);
  expect(judge([report, report]))
    .toEqual([itself, { as: "nothing", why: "takes at most 1 documents" }]);
  expect(judge([{ ...csv, bytes: 10 }, csv])).toEqual([asText, itself]);
});

Deno.test("judgeMedia() takes as much text as fits the context window, at six bytes a token", () => {
  const tooFew = {
    as: "nothing",
    why: "has a context window of 3 tokens, too few for the text",
  };
  expect(judge([csv, csv], 3)).toEqual([itself, asText]);
  expect(judge([{ ...csv, bytes: 10 }, csv, { ...csv, bytes: 8 }], 3))
    .toEqual([asText, tooFew, itself]);
  // Pages are not counted in bytes.
  expect(judge([report], 1)).toEqual([itself]);
});

/** Eight pixels to one. */
const wide = btoa("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x01");
const anyMedia = fc.oneof(
  fc.constantFrom(tinyPng, wide).map(image),
  fc.constant(tinyPng).map((data): ImageBlock => ({ ...image(data), mediaType: "image/gif" })),
  fc.constantFrom("a.pdf", "b.pdf").map(pdf),
  fc.constantFrom("short", "long ".repeat(9)).map((content) => textFile(content)),
);
const severalMedia = fc.array(anyMedia, { maxLength: 4 });
const limits = { max_count: fc.integer({ min: 1, max: 3 }), max_bytes: fc.constantFrom(20, 999) };
const anyRow = fc.record({
  context_window: fc.constantFrom(10, 300_000),
  format: fc.constantFrom(...formatIds),
  capabilities: fc.record({
    images: fc.record({
      ...limits,
      max_side: fc.constantFrom(null, 4, 8),
      types: fc.subarray([...imageTypes], { minLength: 1 }),
      in_tool_results: fc.boolean(),
    }),
    documents: fc.record({
      ...limits,
      types: fc.subarray(["application/pdf" as const, "text/plain" as const], { minLength: 1 }),
    }),
  }, { requiredKeys: [] }).map((media) => ({ ...textOnly, ...media })),
});
const inference = { maxTokens: 1000, temperature: null, topP: null, topK: null, stopSequences: [] };

Deno.test("lackOf() finds nothing exactly where the model can be sent the question, after any history", () => {
  const found = new Set<boolean>();
  const property = fc.property(
    anyRow,
    severalMedia,
    severalMedia,
    severalMedia,
    (row, before, result, own) => {
      const model = modelRow(row);
      const blocks: ContentBlock[] = [toolResult("t", result), text("See"), ...own];
      const question = user(...blocks);
      const messages = [user(text("?"), ...before), answerOf("m", toolUse("t")), question];
      const send = () => prepareRequest(model, asked({ messages }), inference);
      const lack = lackOf(model, needsOf(question));
      found.add(lack === null);
      if (lack === null) return void send();
      expect(send).toThrow(expect.objectContaining({ code: "modality_not_supported" }));
    },
  );
  fc.assert(property, { numRuns: 1000 });
  expect(found.size).toBe(2);
});
