import { expect } from "@std/expect";
import { AppError } from "../../../../supabase/functions/_shared/core/app_error.ts";
import type { Registry } from "../../../../supabase/functions/_shared/registry/registry.ts";
import type { ImpactFigures } from "../../../../supabase/functions/_shared/reports/impact_figures.ts";
import { affectedBy } from "../../../../supabase/functions/manage-bedrock-models/affected_by.ts";
import { registryOf } from "../_shared/selection/registry_of.ts";

const registries: Record<number, Registry> = {
  1: registryOf({ one: { is_default: true }, other: {} }, { health: null }),
  2: registryOf({ one: {}, other: { is_default: true } }, { health: null }),
};
const never = () => new Promise<never>(() => {});
const read = (version: number) => Promise.resolve(registries[version] ?? null);

function affected(
  readRegistryAsOf: (version: number) => Promise<Registry | null>,
  impact: () => Promise<ImpactFigures>,
) {
  const change = { former_version: 1, registry_version: 2 };
  return affectedBy(change, { readRegistryAsOf, reports: { impact } }, 10);
}

Deno.test("affectedBy() waits no longer than it may, and says that nothing was read", async () => {
  const missing = () => Promise.resolve(null);
  const failing = () => Promise.reject(new AppError("database_unavailable"));
  for (
    const [reading, code] of [
      [never, "database_unavailable"],
      [failing, "database_unavailable"],
      [missing, "internal_error"],
    ] as const
  ) {
    expect(await affected(reading, never)).toEqual({
      affected: null,
      warnings: [`The change is made, but what it affects could not be read (${code}).`],
    });
  }
});

Deno.test("affectedBy() tells who answers also where the figures come too late", async () => {
  expect(await affected(read, never)).toMatchObject({
    affected: {
      assistants: [{ from_model_id: "one", to_model_id: "other", turns: null }],
      conversations: { pinned: null },
      cost: null,
    },
    warnings: ["The figures of the last 30 days could not be read (database_unavailable)."],
  });
});

Deno.test("affectedBy() reads nothing of a change that changed nothing", async () => {
  const unread = () => Promise.reject(new TypeError("nothing is to be read"));
  const reads = { readRegistryAsOf: unread, reports: { impact: unread } };
  expect(await affectedBy({ former_version: 2, registry_version: 2 }, reads)).toMatchObject({
    affected: { assistants: [], cost: { turns: 0 } },
    warnings: [],
  });
});
