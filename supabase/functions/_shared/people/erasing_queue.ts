import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import type { ErrorCode } from "../core/app_error.ts";

const claimedSchema = z.array(
  z.object({ id: z.int(), path: z.string(), is_prefix: z.boolean() }),
);

/** What is to be removed from Storage: an object or, with `is_prefix`, all that lies below a path. */
export type ClaimedObject = Readonly<z.infer<typeof claimedSchema>[number]>;

/** What became of a {@linkcode ClaimedObject}. */
export interface RemovedObject {
  readonly id: number;
  /** Objects that were there and are removed. */
  readonly removed: number;
  /** Why it is still to be removed; null: it is done. `unfinished`: the time was over. */
  readonly error: ErrorCode | "unfinished" | null;
}

/** The objects of Storage that erasures have left to the functions. */
export class ErasingQueue {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** Takes what is to be removed, for this caller alone for a while. */
  async claim(limit: number): Promise<readonly ClaimedObject[]> {
    const call = this.#database.rpc("claim_erasure_objects", { p_limit: limit });
    return await callDatabase(call, claimedSchema);
  }

  async record(results: readonly RemovedObject[]): Promise<void> {
    const call = this.#database.rpc("record_erased_objects", {
      p_results: results.map((result) => ({ ...result })),
    });
    await callDatabase(call, z.unknown());
  }
}
