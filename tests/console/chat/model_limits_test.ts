import { expect } from "@std/expect";
import type { ListedModel } from "../../../console/src/api/manage_actions.ts";
import { expectedModel, whatIsTooMuch } from "../../../console/src/chat/model_limits.ts";
import { textOnly } from "../../../supabase/functions/_shared/registry/capabilities.ts";
import { tinyPng } from "../../support/tiny_png.ts";

const images = {
  max_count: 1,
  max_bytes: 3_750_000,
  max_side: 8000,
  types: ["image/png" as const],
  in_tool_results: true,
};
const model = (capabilities: Partial<ListedModel["capabilities"]>) => ({
  model_name: "Nova",
  context_window: 400,
  capabilities: { ...textOnly, ...capabilities },
});
/** A file of so many bytes. */
const file = <Type extends string>(name: string, mediaType: Type, size: number) =>
  ({ name, mediaType, data: "AAAA".repeat(size / 3) }) as const;
const png = file("rash.png", "image/png", 3_000_000);
const pdf = file("report.pdf", "application/pdf", 9);
const csv = file("values.csv", "text/csv", 300);
const documents = { max_count: 1, max_bytes: 99, types: ["application/pdf" as const] };

Deno.test("whatIsTooMuch() says nothing where the model takes all of it", () => {
  expect(whatIsTooMuch(model({}), { media: [], tools: false })).toEqual([]);
  expect(whatIsTooMuch(model({ images }), { media: [png], tools: false })).toEqual([]);
  // Text goes to any model as text, whatever its limits of documents are.
  const media = Array(6).fill(csv);
  expect(whatIsTooMuch(model({}), { media, tools: false })).toEqual([]);
  expect(whatIsTooMuch(model({ documents }), { media: [pdf, ...media], tools: false })).toEqual([]);
});

Deno.test("whatIsTooMuch() names the kind, type, count, size and pixels that a model does not take", () => {
  expect(whatIsTooMuch(model({}), { media: [png, pdf], tools: true })).toEqual([
    "Nova takes no images (rash.png).",
    "Nova takes no documents (report.pdf).",
    "Nova takes no tools.",
  ]);
  const gif = file("walk.gif", "image/gif", 3);
  const large = file("scan.png", "image/png", 3_750_003);
  expect(whatIsTooMuch(model({ images }), { media: [gif, large, png, png], tools: false }))
    .toEqual([
      "Nova takes no images of the type image/gif (walk.gif).",
      "Nova takes images of at most 3750000 bytes; one has 3750003 (scan.png).",
      "Nova takes at most 1 images (rash.png).",
    ]);
  const long = file("log.txt", "text/plain", 2403);
  expect(whatIsTooMuch(model({}), { media: [long], tools: false }))
    .toEqual(["Nova has a context window of 400 tokens, too few for the text (log.txt)."]);
  const tiny = { ...png, data: tinyPng };
  expect(
    whatIsTooMuch(model({ images: { ...images, max_side: 0 } }), { media: [tiny], tools: false }),
  )
    .toEqual(["Nova takes images of at most 0 pixels a side; one has 1 (rash.png)."]);
});

Deno.test("expectedModel() follows the pin, the request, the assistant and the default", () => {
  const models = ["pinned", "asked", "own", "default"].map((model_id) =>
    ({ model_id, is_default: model_id === "default" }) as ListedModel
  );
  const view = (model_version: string | null) => ({
    models,
    assistants: [
      { assistant_type: "health", model_version: "asked" },
      { assistant_type: "platform", model_version },
    ],
  });
  expect(expectedModel(view("own"), "pinned", "asked")?.model_id).toBe("pinned");
  expect(expectedModel(view("own"), null, "asked")?.model_id).toBe("asked");
  expect(expectedModel(view("own"), null, null)?.model_id).toBe("own");
  expect(expectedModel(view(null), null, null)?.model_id).toBe("default");
});
