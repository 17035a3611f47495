import { expect } from "@std/expect";
import type { ListedModel } from "../../../console/src/api/manage_actions.ts";
import { expectedModel, whatIsTooMuch } from "../../../console/src/chat/model_limits.ts";
import { textOnly } from "../../../supabase/functions/_shared/registry/capabilities.ts";

const images = {
  max_count: 1,
  max_bytes: 3_750_000,
  max_side: 8000,
  types: ["image/png" as const],
  in_tool_results: true,
};
const model = (capabilities: Partial<ListedModel["capabilities"]>) => ({
  model_name: "Nova",
  capabilities: { ...textOnly, ...capabilities },
});
const png = { name: "rash.png", mediaType: "image/png", size: 3_000_000 };
const pdf = { name: "report.pdf", mediaType: "application/pdf", size: 10 };

Deno.test("whatIsTooMuch() says nothing where the model takes all of it", () => {
  expect(whatIsTooMuch(model({}), { media: [], tools: false })).toEqual([]);
  expect(whatIsTooMuch(model({ images }), { media: [png], tools: false })).toEqual([]);
  // Text goes to any model as text.
  const csv = { name: "values.csv", mediaType: "text/csv", size: 10 };
  const documents = { max_count: 1, max_bytes: 99, types: ["application/pdf" as const] };
  expect(whatIsTooMuch(model({}), { media: [csv], tools: false })).toEqual([]);
  expect(whatIsTooMuch(model({ documents }), { media: [csv], tools: false })).toEqual([]);
});

Deno.test("whatIsTooMuch() names the kind, type, count and size that a model does not take", () => {
  expect(whatIsTooMuch(model({}), { media: [png, pdf], tools: true }))
    .toEqual(["Nova takes no images.", "Nova takes no documents.", "Nova takes no tools."]);
  const gif = { name: "walk.gif", mediaType: "image/gif", size: 4_000_000 };
  expect(whatIsTooMuch(model({ images }), { media: [png, gif], tools: false })).toEqual([
    "Nova takes 1 of these 2 images at most.",
    "Nova takes no images of the type of walk.gif.",
    "Nova takes images of 3.75 MB at most; walk.gif has more.",
  ]);
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
