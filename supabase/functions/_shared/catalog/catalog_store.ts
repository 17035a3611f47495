import { z } from "zod";
import type { Json } from "../database.types.ts";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import type { AwsCatalog } from "./aws_catalog.ts";
import {
  type AppliedChange,
  appliedChangeSchema,
  type CatalogChange,
  type CatalogReport,
} from "./catalog_report.ts";

const appliedSchema = z.object({ applied: z.array(appliedChangeSchema) });

/**
 * Writes what AWS's lists say into the registry, all or nothing. No model becomes available, and
 * one that is retired stays so.
 *
 * @returns the changes that had something to do
 */
export async function applyCatalogChanges(
  database: DatabaseClient,
  changes: readonly CatalogChange[],
  author: ChangeAuthor,
): Promise<readonly AppliedChange[]> {
  const call = database.rpc("apply_catalog_changes", {
    p_changes: changes.map(toJson),
    ...authorArguments(author),
  });
  return (await callDatabase(call, appliedSchema)).applied;
}

const endedSchema = z.object({ retired: z.array(z.string()) });

/**
 * Records which registered ids AWS's lists have and which not. With what calls were told, that proves
 * the end of a model.
 *
 * @returns the ids of the models that are retired by it
 */
export async function recordAwsList(
  database: DatabaseClient,
  { gone, destinations }: CatalogReport,
): Promise<readonly string[]> {
  const unlisted = gone.map(({ model_id }) => model_id);
  const call = database.rpc("record_aws_list", {
    // A profile is listed longer than the model behind it.
    p_listed: destinations.map(({ model_id }) => model_id).filter((id) => !unlisted.includes(id)),
    p_unlisted: unlisted,
  });
  return (await callDatabase(call, endedSchema)).retired;
}

/** Records the account's data retention mode, as it has just been asked for. */
export async function recordDataRetention(
  database: DatabaseClient,
  { region, dataRetentionMode }: Pick<AwsCatalog, "region" | "dataRetentionMode">,
): Promise<void> {
  const call = database.rpc("record_data_retention", {
    p_region: region,
    ...(dataRetentionMode !== null && { p_mode: dataRetentionMode }),
  });
  await callDatabase(call, z.unknown());
}

function toJson(change: CatalogChange): Json {
  switch (change.kind) {
    case "register":
      return { kind: change.kind, model: { ...change.model } };
    case "set-lifecycle":
      return { ...change };
    case "set-geographies": {
      const { kind, model_id, geographies } = change;
      return { kind, model_id, geographies: [...geographies] };
    }
    case "set-capabilities":
      return { ...change, capabilities: { ...change.capabilities } };
    default:
      return change satisfies never;
  }
}
