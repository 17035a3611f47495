/** Generated registries of a few models, so that rules meet. */
import fc from "fast-check";
import type { MeasuredMedia } from "../../../../../supabase/functions/_shared/core/media_limits.ts";
import {
  lifecycles,
  type Model,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { providerRetentions } from "../../../../../supabase/functions/_shared/registry/provider_retention.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import type {
  ContentNeeds,
} from "../../../../../supabase/functions/_shared/selection/selection.ts";
import { registryOf } from "./registry_of.ts";

export const modelIds = ["a", "b", "c", "d", "e", "f"];
const id = fc.constantFrom(...modelIds);

/** Also of a model that is not there. */
export const idOrNull = fc.option(fc.constantFrom(...modelIds, "gone"), { nil: null });

type Capabilities = Model["capabilities"];

const documents: Capabilities["documents"] = {
  max_count: 1,
  max_bytes: 100,
  types: ["application/pdf"],
};
const tools: Capabilities["tools"] = {
  choices: ["any"],
  single: false,
  names: "hyphen",
  ids: "any",
  strict: false,
};

/** Some take images, few and small ones or any, some documents, and some tools. */
const capabilities: fc.Arbitrary<Capabilities> = fc.record({
  images: fc.constantFrom(undefined, imageLimits(1, 100), imageLimits(20, 5_000_000)),
  takesDocuments: fc.boolean(),
  takesTools: fc.boolean(),
}).map(({ images, takesDocuments, takesTools }) => ({
  ...textOnly,
  ...(images && { images }),
  ...(takesDocuments && { documents }),
  ...(takesTools && { tools }),
}));

function imageLimits(max_count: number, max_bytes: number) {
  const types = ["image/png" as const, "image/jpeg" as const];
  const max_side = max_count === 1 ? 8_000 : null;
  return { max_count, max_bytes, max_side, types, in_tool_results: true };
}

const media: fc.Arbitrary<MeasuredMedia> = fc.oneof(
  fc.record({
    kind: fc.constant("image" as const),
    mediaType: fc.constantFrom("image/png" as const, "image/gif" as const),
    bytes: fc.constantFrom(1, 100, 101),
    side: fc.constantFrom(null, 8_000, 8_001),
  }),
  fc.record({
    kind: fc.constant("document" as const),
    mediaType: fc.constantFrom("application/pdf" as const, "text/csv" as const),
    bytes: fc.constantFrom(1, 100, 101),
    side: fc.constant(null),
  }),
);

/** What a question may hold; mostly text alone. */
export const anyNeeds: fc.Arbitrary<ContentNeeds> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ media: [], tools: false }) },
  fc.record({ media: fc.array(media, { maxLength: 2 }), tools: fc.boolean() }),
);

const row: fc.Arbitrary<Partial<Model>> = fc.record({
  capabilities,
  is_available: fc.boolean(),
  geographies: fc.constantFrom(["eu"], ["eu"], ["eu", "us"], null),
  provider_retention: fc.constantFrom("none", "none", "none", ...providerRetentions),
  serves_pinned: fc.boolean(),
  lifecycle: fc.constantFrom(...lifecycles),
  successor_model_id: idOrNull,
  use_case: fc.constantFrom(null, "clinical", "triage"),
  priority: fc.integer({ min: 0, max: 3 }),
});

/** With these assistants, each with a model of its own or none. */
export function registriesWith(assistants: readonly string[]): fc.Arbitrary<Registry> {
  return fc
    .record({
      rows: fc.dictionary(id, row),
      isDefault: idOrNull,
      own: fc.tuple(...assistants.map(() => idOrNull)),
      allows: fc.tuple(...assistants.map(() => fc.boolean())),
      settingsAllow: fc.boolean(),
    })
    .map(({ rows, isDefault, own, allows, settingsAllow }) => {
      for (const [id, row] of Object.entries(rows)) {
        rows[id] = { ...row, is_default: id === isDefault && row.is_available === true };
      }
      const registry = registryOf(
        rows,
        Object.fromEntries(assistants.map((type, place) => [type, own[place] ?? null])),
      );
      return {
        ...registry,
        settings: { ...registry.settings, allow_provider_retention: settingsAllow },
        assistants: registry.assistants.map((row, place) => ({
          ...row,
          allow_provider_retention: allows[place] ?? false,
        })),
      };
    });
}
