import { expect } from "@std/expect";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import {
  lostContent,
  lostWays,
} from "../../../../../supabase/functions/_shared/switching/compare_capabilities.ts";

const full = {
  images: {
    max_count: 20,
    max_bytes: 3_750_000,
    max_side: 8000,
    types: ["image/png", "image/gif"],
    in_tool_results: true,
  },
  documents: { max_count: 5, max_bytes: 4_500_000, types: ["application/pdf", "text/csv"] },
  tools: { choices: ["any", "none"], single: true, names: "hyphen", ids: "any", strict: true },
  output_schema: true,
  thinking: {
    mode: "adaptive",
    efforts: ["low", "high", "max"],
    by_default: true,
    off: "disabled",
    forced_tools: true,
  },
  caching: {
    min_tokens: 512,
    max_points: 4,
    ttls: ["5m", "1h"],
    places: ["system"],
    automatic: true,
  },
  betas: ["a"],
  prefill: true,
  stop_sequences: true,
  count_tokens: false,
} satisfies Capabilities;
const { images, documents, tools, thinking, caching } = full;

Deno.test("lostContent() names kinds, types and limits that a model takes less of", () => {
  const table: [Capabilities, string[]][] = [
    [full, []],
    [textOnly, ["no images", "no documents", "no tools"]],
    [{ ...full, images: { ...images, types: ["image/png"] } }, [
      "no images of the type image/gif",
    ]],
    [{ ...full, images: { ...images, max_count: 2, max_bytes: 1_000_000, max_side: 2000 } }, [
      "at most 2 images",
      "at most 1,000,000 bytes an image",
      "at most 2,000 pixels an image's side",
    ]],
    [{ ...full, images: { ...images, max_side: null, max_count: 21 } }, []],
    [{ ...full, documents: { max_count: 1, max_bytes: 10, types: ["text/csv"] } }, [
      "no documents of the type pdf",
      "at most 1 documents",
      "at most 10 bytes a document",
    ]],
    // Every model reads the text of a document that is text.
    [{ ...full, documents: { ...documents, types: ["application/pdf"] } }, []],
    // What holds of every question is no content.
    [{ ...full, output_schema: false, tools: { ...tools, choices: [] } }, []],
  ];
  for (const [to, lost] of table) expect(lostContent(full, to)).toEqual(lost);
  expect(lostContent(textOnly, full)).toEqual([]);
  const unbounded = { ...full, images: { ...images, max_side: null } };
  expect(lostContent(unbounded, full)).toEqual(["at most 8,000 pixels an image's side"]);
});

Deno.test("lostWays() names choices among tools, schemas, thinking and caching", () => {
  const table: [Capabilities, string[]][] = [
    [full, []],
    [{ ...full, tools: { ...tools, choices: ["tool"] } }, [
      "tool_choice any, none in words only",
    ]],
    [{ ...full, output_schema: false }, ["JSON schemas not by itself"]],
    [{ ...full, thinking: { ...thinking, efforts: ["low"] } }, [
      "no thinking with the effort high, max",
    ]],
    [{ ...full, caching: { ...caching, ttls: ["5m"], automatic: false, min_tokens: 1024 } }, [
      "no caching by itself",
      "no caching for 1h",
      "caching from 1,024 tokens on",
    ]],
    [{ ...full, caching: { ...caching, min_tokens: 100 } }, []],
    // That it takes no tools is told already.
    [textOnly, ["JSON schemas not by itself", "no thinking", "no caching"]],
  ];
  for (const [to, lost] of table) expect(lostWays(full, to)).toEqual(lost);
  expect(lostWays(textOnly, full)).toEqual([]);
});
