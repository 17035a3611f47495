import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { type TickRun, tickRunSchema, type TickStatus, tickStatusSchema } from "./tick.ts";

/** A step of the tick that needs more than the database. */
export type StepOverHttp = "erase-objects" | "deliver" | "sync";

/** What a step found or did: figures and short sentences, by name. */
export type StepResult = Readonly<Record<string, string | number>>;

/** What is due, and what was done. */
export class TickStore {
  readonly #database: DatabaseClient;

  /** @param database A client that waits as long as for a report. */
  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** Does all that is due in the database; of two at once, one does. */
  async run(): Promise<TickRun> {
    return await callDatabase(this.#database.rpc("tick"), tickRunSchema);
  }

  /** Whether a step is due and no other caller has begun it; then it counts as begun. */
  async begin(step: StepOverHttp): Promise<boolean> {
    return await callDatabase(this.#database.rpc("begin_tick_step", { p_step: step }), z.boolean());
  }

  /** Records how a step ended. */
  async end(
    step: StepOverHttp,
    { result, error }: { readonly result: StepResult | null; readonly error: string | null },
  ): Promise<void> {
    const call = this.#database.rpc("end_tick_step", {
      p_step: step,
      ...(result !== null && { p_result: result }),
      ...(error !== null && { p_error: error }),
    });
    await callDatabase(call, z.unknown());
  }

  async status(): Promise<TickStatus> {
    return await callDatabase(this.#database.rpc("tick_status"), tickStatusSchema);
  }
}
