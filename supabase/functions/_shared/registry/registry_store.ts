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
  { region, modelIds, reportUnreadable }: RegistryReading = {},
): Promise<Registry> {
  const call = modelIds === undefined
    ? database.rpc("read_registry")
    : database.rpc("read_registry_part", { p_model_ids: [...modelIds] });
  const answer = await callDatabase(call, z.unknown());
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
