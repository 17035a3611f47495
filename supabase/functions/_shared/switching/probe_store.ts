import { z } from "zod";
import { callDatabase, callDatabaseLeniently } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import type { ReportUnreadable } from "../database/read_leniently.ts";
import { type ModelProbe, type RecordedProbe, recordedProbeSchema } from "./model_probe.ts";

const rowsSchema = z.array(recordedProbeSchema.extend({ model_id: z.string() }));

/** Stores the results of probes. Recording one does not change the registry. */
export class ProbeStore {
  readonly #database: DatabaseClient;

  readonly #reportUnreadable: ReportUnreadable;

  constructor(database: DatabaseClient, reportUnreadable: ReportUnreadable) {
    this.#database = database;
    this.#reportUnreadable = reportUnreadable;
  }

  /** @returns the id by which a switch names the probe */
  async record(modelId: string, probe: ModelProbe): Promise<number> {
    const call = this.#database.rpc("record_model_probe", {
      p_model_id: modelId,
      p_probe: { ...probe, checks: [...probe.checks] },
    });
    return await callDatabase(call, z.int());
  }

  /** The newest probe of each probed model, by model id. */
  async latest(): Promise<ReadonlyMap<string, RecordedProbe>> {
    const rows = await callDatabaseLeniently(
      this.#database.from("latest_model_probes").select(),
      rowsSchema,
      this.#reportUnreadable,
    );
    return new Map(rows.map(({ model_id, ...probe }) => [model_id, probe]));
  }
}
