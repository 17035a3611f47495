import { expect } from "@std/expect";
import { describeLimits } from "../../../console/src/format/describe_limits.ts";
import { textOnly } from "../../../supabase/functions/_shared/registry/capabilities.ts";

const texts = (capabilities: Partial<Parameters<typeof describeLimits>[0]>) =>
  Object.fromEntries(
    describeLimits({ ...textOnly, ...capabilities }).map(({ term, text }) => [term, text]),
  );

Deno.test("describeLimits() names what a model does not accept", () => {
  expect(texts({})).toEqual({
    "Images": "none",
    "Documents": "none",
    "Tools": "none",
    "JSON schemas": "kept by a tool or in words",
    "Thinking": "none",
    "Caching": "none",
    "Source": "not on record",
  });
});

Deno.test("describeLimits() names sizes, counts, types, choices, efforts and points", () => {
  expect(texts({
    images: {
      max_count: 20,
      max_bytes: 3_750_000,
      max_side: 8000,
      types: ["image/png", "image/jpeg"],
      in_tool_results: true,
    },
    documents: { max_count: 5, max_bytes: 4_500_000, types: ["application/pdf", "text/csv"] },
    tools: { choices: ["any"], single: true, names: "hyphen", ids: "any", strict: false },
    output_schema: true,
    thinking: {
      mode: "adaptive",
      efforts: ["low", "max"],
      by_default: true,
      off: "omitted",
      forced_tools: false,
    },
    caching: {
      min_tokens: 1024,
      max_points: 4,
      ttls: ["5m", "1h"],
      places: ["system", "messages"],
      automatic: true,
    },
    source: {
      url: "https://docs.example/card",
      checked_on: "2026-11-29",
      assumed: ["images.max_side", "caching.min_tokens"],
    },
  })).toEqual({
    "Images": "at most 20 of 3.75 MB each; 8,000 pixels a side; PNG, JPEG",
    "Documents": "at most 5 of 4.5 MB each; PDF, CSV",
    "Tools": "choice auto, any; one call at a time, where asked for",
    "JSON schemas": "kept by the model",
    "Thinking": "low, max; by default; cannot be stopped",
    "Caching": "from 1,024 tokens, at most 4 points; 5m, 1h; in system, messages; by itself",
    "Source": "https://docs.example/card, read on 29 Nov 2026; " +
      "assumed: images.max_side, caching.min_tokens",
  });
});
