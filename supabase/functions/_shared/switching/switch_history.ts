import { z } from "zod";
import type { DatabaseClient } from "../database/database.ts";
import { callDatabase } from "../database/call_database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";

/** An entry of the audit log, as `list_model_switches()` returns it. */
export const switchSchema = z.object({
  id: z.number().int(),
  created_at: z.string(),
  /** The platform admin who asked for it; null for a secret key, SQL or a turn. */
  actor_user_id: z.string().nullable(),
  database_role: z.string(),
  source: z.enum(["api", "cli", "sql", "chat"]),
  action: z.string(),
  model_id: z.string().nullable(),
  assistant_type: z.string().nullable(),
  /** A model id, a state, or the columns that changed with their values. */
  from: z.unknown(),
  to: z.unknown(),
  probe: z.enum(["passed", "skipped"]).nullable(),
  /** The first entry that a rollback took back. */
  rollback_of: z.number().int().nullable(),
  registry_version: z.number().int(),
});

export const verificationSchema = z.object({
  ok: z.boolean(),
  entries: z.number().int(),
  /** The first entry that is not as it was written. */
  broken_id: z.number().int().nullable(),
  problem: z.string().nullable(),
  /** Hex; worth noting elsewhere, since it proves the whole log up to here. */
  last_hash: z.string(),
});

export const rollbackSchema = z.object({
  /** The entries that were taken back, from first to last. */
  first_id: z.number().int(),
  last_id: z.number().int(),
  changes: z.array(z.object({
    action: z.string(),
    model_id: z.string().nullable(),
    assistant_type: z.string().nullable(),
  })),
});

export type ModelSwitch = Readonly<z.infer<typeof switchSchema>>;
export type Verification = Readonly<z.infer<typeof verificationSchema>>;
export type Rollback = Readonly<z.infer<typeof rollbackSchema>>;

/** The audit log: what was switched, whether the log is whole, and the way back. */
export class SwitchHistory {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * The newest entries first.
   *
   * @param limit 1 to 200
   * @param before Only entries with a smaller id; null for the newest.
   */
  async list(
    limit: number,
    before: number | null,
  ): Promise<readonly ModelSwitch[]> {
    const call = this.#database.rpc("list_model_switches", {
      p_limit: limit,
      ...(before !== null && { p_before: before }),
    });
    return await callDatabase(call, z.array(switchSchema));
  }

  /** @param knownHash A `last_hash` that was noted earlier, which must still be in the log. */
  async verify(knownHash: string | null): Promise<Verification> {
    const call = this.#database.rpc("verify_model_switches", {
      ...(knownHash !== null && { p_known_hash: knownHash }),
    });
    return await callDatabase(call, verificationSchema);
  }

  /**
   * Takes back the last switch, or a named one and everything since.
   *
   * @param to Any entry of the switch before which the state is wanted; null for the last one.
   * @param expectedVersion It is refused if the registry was changed since.
   * @throws {AppError} `switch_not_found`, `rollback_impossible`, `registry_changed`,
   * `model_not_found`, `model_retired`, `model_outside_geographies`, `last_available_model`
   */
  async rollBack(
    to: number | null,
    expectedVersion: number,
    author: ChangeAuthor,
  ): Promise<Rollback> {
    const call = this.#database.rpc("roll_back_switches", {
      ...(to !== null && { p_to: to }),
      p_expected_version: expectedVersion,
      ...authorArguments(author),
    });
    return await callDatabase(call, rollbackSchema);
  }
}
