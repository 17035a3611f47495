import { z } from "zod";
import type { DatabaseClient } from "../database/database.ts";
import type { Json } from "../database.types.ts";
import { callDatabase } from "../database/call_database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type CatalogChange, catalogChangeKinds } from "./catalog_report.ts";
import type { GeographyChange } from "./geography_changes.ts";

/** A change that had something to do. */
export const appliedChangeSchema = z.object({
  kind: z.enum(catalogChangeKinds),
  model_id: z.string(),
});

export type AppliedChange = Readonly<z.infer<typeof appliedChangeSchema>>;

const appliedSchema = z.object({ applied: z.array(appliedChangeSchema) });

/**
 * Writes what AWS's lists say into the registry, all or nothing. No model becomes available, and
 * one that is retired stays so.
 *
 * @returns the changes that had something to do
 */
export async function applyCatalogChanges(
  database: DatabaseClient,
  changes: readonly (CatalogChange | GeographyChange)[],
  author: ChangeAuthor,
): Promise<readonly AppliedChange[]> {
  const call = database.rpc("apply_directory_changes", {
    p_changes: changes.map(toJson),
    ...authorArguments(author),
  });
  return (await callDatabase(call, appliedSchema)).applied;
}

function toJson(change: CatalogChange | GeographyChange): Json {
  switch (change.kind) {
    case "register":
      return { kind: change.kind, model: { ...change.model } };
    case "set-lifecycle": {
      const { kind, modelId, lifecycle, retiresOn } = change;
      return { kind, model_id: modelId, lifecycle, retires_on: retiresOn };
    }
    case "set-geographies": {
      const { kind, modelId, geographies } = change;
      return { kind, model_id: modelId, geographies: [...geographies] };
    }
    default:
      return change satisfies never;
  }
}
