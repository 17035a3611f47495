/** Generated registries of a few models, so that rules meet. */
import fc from "fast-check";
import {
  lifecycles,
  type Model,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { registryOf } from "./registry_of.ts";

export const modelIds = ["a", "b", "c", "d", "e", "f"];
const id = fc.constantFrom(...modelIds);

/** Also of a model that is not there. */
export const idOrNull = fc.option(fc.constantFrom(...modelIds, "gone"), { nil: null });

const row: fc.Arbitrary<Partial<Model>> = fc.record({
  is_available: fc.boolean(),
  geographies: fc.constantFrom(["eu"], ["eu"], ["eu", "us"], null),
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
    })
    .map(({ rows, isDefault, own }) => {
      for (const [id, row] of Object.entries(rows)) {
        rows[id] = { ...row, is_default: id === isDefault && row.is_available === true };
      }
      return registryOf(
        rows,
        Object.fromEntries(assistants.map((type, place) => [type, own[place] ?? null])),
      );
    });
}
