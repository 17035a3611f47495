import { z } from "zod";
import type { DatabaseClient } from "../database/database.ts";
import { toDatabaseError } from "../database/database_error.ts";
import { type ModelProbe, modelProbeSchema, type RecordedProbe } from "./model_probe.ts";

const rowSchema = modelProbeSchema.extend({
  model_id: z.string(),
  created_at: z.string(),
});

/** Keeps what probes found. Recording one does not change the registry. */
export class ProbeStore {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  async record(modelId: string, probe: ModelProbe): Promise<void> {
    const { checks, ...figures } = probe;
    const { error, status } = await this.#database.from("model_probes")
      .insert({ model_id: modelId, ...figures, checks: [...checks] });
    if (error) throw toDatabaseError({ error, status });
  }

  /** The newest probe of each model that was ever probed, by model id. */
  async latest(): Promise<ReadonlyMap<string, RecordedProbe>> {
    const { data, error, status } = await this.#database.from(
      "latest_model_probes",
    ).select();
    if (error) throw toDatabaseError({ error, status });
    return new Map(
      z.array(rowSchema).parse(data).map((
        { model_id, ...probe },
      ) => [model_id, probe]),
    );
  }
}
