import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { callDatabase } from "../database/call_database.ts";
import { readLeniently, type ReportUnreadable } from "../database/read_leniently.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { describeLeftOut, rowName } from "./left_out_row.ts";
import { type Registry, registrySchema } from "./registry.ts";

export interface RegistryReading {
  /**
   * The region of calls whose row names none. With it, each model gets the region that it is called
   * in, so that a model that would leave the allowed geographies from there is not used, even if its
   * row says that it stays.
   */
  readonly region?: string | undefined;
  /** Reads only these models, as far as they exist, and the default. Default: all models. */
  readonly modelIds?: readonly string[];
  /** Told of rows that cannot be read; the registry is without them. */
  readonly reportUnreadable?: ReportUnreadable;
}

/**
 * Reads models, assistants and settings, and their version, in one consistent snapshot.
 *
 * @throws {AppError} `database_unavailable`, `database_error`, `registry_invalid`
 */
export async function readRegistry(
  database: RpcClient,
  reading: RegistryReading = {},
): Promise<Registry> {
  const { modelIds } = reading;
  const call = modelIds === undefined
    ? database.rpc("read_registry")
    : database.rpc("read_registry_part", { p_model_ids: [...modelIds] });
  return parseRegistry(await callDatabase(call, z.unknown()), reading);
}

/**
 * Reads the registry of an earlier version.
 *
 * @param seenAt When something used it, in ISO 8601, which tells it from one of another history with
 * the same number; null: it is of this one.
 * @returns null where the audit log does not tell it
 * @throws {AppError} as {@linkcode readRegistry}
 */
export async function readRegistryAsOf(
  database: RpcClient,
  { version, seenAt }: { readonly version: number; readonly seenAt: string | null },
  reading: RegistryReading,
): Promise<Registry | null> {
  const call = database.rpc("read_registry_as_of", {
    p_version: version,
    ...(seenAt !== null && { p_seen_at: seenAt }),
  });
  const answer = await callDatabase(call, z.unknown());
  return answer === null ? null : parseRegistry(answer, reading);
}

/**
 * Reads the registry as a rollback would leave it.
 *
 * @param to As of the rollback; null: the switch that it takes back by default.
 * @throws {AppError} `switch_not_found`, `model_not_found`, `model_retired`,
 * `model_outside_geographies`, and as {@linkcode readRegistry}
 */
export async function readRegistryAfterRollback(
  database: RpcClient,
  to: number | null,
  reading: RegistryReading,
): Promise<Registry> {
  const call = database.rpc("read_registry_after_rollback", { ...(to !== null && { p_to: to }) });
  return parseRegistry(await callDatabase(call, z.unknown()), reading);
}

function parseRegistry(answer: unknown, { region, reportUnreadable }: RegistryReading): Registry {
  const read = readLeniently(answer, registrySchema);
  if (read === null) {
    const [issue] = registrySchema.safeParse(answer).error?.issues ?? [];
    throw new AppError("registry_invalid", undefined, {
      hint: `Correct ${issue?.path.join(".") ?? "the row"}: ${issue?.message ?? "is not valid"}`,
    });
  }
  const { data } = read;
  if (read.unreadable.length > 0) reportUnreadable?.(read.unreadable);
  // A row that lost a figure only is still there.
  const names = new Set<string>([
    ...data.models.map(({ model_id }) => rowName(model_id)),
    ...data.assistants.map(({ assistant_type }) => rowName(assistant_type)),
  ]);
  const unreadable = describeLeftOut(
    answer,
    read.unreadable.filter(({ name }) => !names.has(name)),
  );
  const models = region === undefined
    ? data.models
    : data.models.map((model) => ({ ...model, region: model.region ?? region }));
  return { ...data, models, ...(unreadable.length > 0 && { unreadable }) };
}
