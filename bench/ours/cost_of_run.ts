import type { Registry } from "../../supabase/functions/_shared/registry/registry.ts";
import type { RunRecord } from "../../supabase/functions/_shared/runs/run_record.ts";

/** The cost in USD of a run that went well, as Postgres prices it where nothing was cached. */
export function costOfRun(registry: Registry, run: RunRecord): number {
  const model = registry.models.find(({ model_id }) => model_id === run.model_id);
  if (model === undefined || run.status !== "complete") {
    throw new Error("Only runs that go well can be kept in memory.");
  }
  return ((run.input_tokens ?? 0) * (model.input_cost_per_mtok ?? 0) +
    (run.output_tokens ?? 0) * (model.output_cost_per_mtok ?? 0)) / 1_000_000;
}
