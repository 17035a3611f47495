import { z } from "zod";
import { callDatabase, callDatabaseLeniently } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import type { ReportUnreadable } from "../database/read_leniently.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import {
  type ModelSwitch,
  modelSwitchSchema,
  type NextRollback,
  nextRollbackSchema,
  type Rollback,
  rollbackSchema,
  type Verification,
  verificationSchema,
} from "./model_switch.ts";

const switchesSchema = z.array(modelSwitchSchema);

/** Which entries of the audit log are listed; what is undefined does not count. */
export interface SwitchFilters {
  /** 1 to 200 */
  readonly limit: number;
  /** Only entries with a smaller id. */
  readonly before?: number | undefined;
  readonly modelId?: string | undefined;
  readonly assistantType?: string | undefined;
  readonly actions?: readonly string[] | undefined;
  /** A user's id or address, the name of a secret key, or a database role. */
  readonly actor?: string | undefined;
  /** In the reason, the model, the assistant or the changed values; in any case. */
  readonly search?: string | undefined;
  /** ISO, with offset; from this time on. */
  readonly from?: string | undefined;
  /** ISO, with offset; before this time. */
  readonly to?: string | undefined;
}

/** The audit log: its entries, its verification, and rollbacks. */
export class SwitchHistory {
  readonly #database: DatabaseClient;

  readonly #reportUnreadable: ReportUnreadable;

  constructor(database: DatabaseClient, reportUnreadable: ReportUnreadable) {
    this.#database = database;
    this.#reportUnreadable = reportUnreadable;
  }

  /** The newest entries first, those that pass every filter that is given. */
  async list(filters: SwitchFilters): Promise<readonly ModelSwitch[]> {
    const { limit, before, modelId, assistantType, actions, actor, search, from, to } = filters;
    const call = this.#database.rpc("list_model_switches", {
      p_limit: limit,
      ...(before !== undefined && { p_before: before }),
      ...(modelId !== undefined && { p_model_id: modelId }),
      ...(assistantType !== undefined && { p_assistant_type: assistantType }),
      ...(actions !== undefined && { p_actions: [...actions] }),
      ...(actor !== undefined && { p_actor: actor }),
      ...(search !== undefined && { p_search: search }),
      ...(from !== undefined && { p_from: from }),
      ...(to !== undefined && { p_to: to }),
    });
    return await callDatabaseLeniently(call, switchesSchema, this.#reportUnreadable);
  }

  /** What a rollback that names no entry would take back; null where nothing is left. */
  async nextRollback(): Promise<NextRollback | null> {
    return await callDatabase(this.#database.rpc("next_rollback"), nextRollbackSchema.nullable());
  }

  /** @param knownHash A `last_hash` that was noted earlier, which must still be in the log. */
  async verify(knownHash: string | null): Promise<Verification> {
    const call = this.#database.rpc("verify_model_switches", {
      ...(knownHash !== null && { p_known_hash: knownHash }),
    });
    return await callDatabase(call, verificationSchema);
  }

  /**
   * Takes back the newest switch in force, or a named one and everything since. Another rollback
   * goes one step further back.
   *
   * @param to Any entry of the switch to go back before; null for the newest one in force.
   * @param expectedVersion The rollback is refused if the registry changed since.
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
