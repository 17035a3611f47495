import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import type { UnreadableRow } from "../database/read_leniently.ts";

/**
 * What the rules choose a model by. A column that cannot be read itself counts as the value with
 * which the model comes first.
 */
const chosenBySchema = z.object({
  is_available: z.boolean().catch(true),
  is_default: z.boolean().catch(true),
  use_case: z.string().nullable().catch(null),
  priority: z.number().catch(Number.NEGATIVE_INFINITY),
  lifecycle: z.string().catch("active"),
});

/** A row of the registry that is left out because it cannot be read. */
export interface LeftOutRow extends UnreadableRow {
  /** Of a model only. */
  readonly chosenBy?: Readonly<z.infer<typeof chosenBySchema>>;
}

const modelsSchema = z.object({
  models: z.array(z.looseObject({ model_id: z.string() }).nullable().catch(null)),
});

/** The name of a row as `readLeniently()` tells it, which may be cut. */
export const rowName = (id: string) => id.slice(0, 200);

/**
 * Adds to rows of models what they would be chosen by.
 *
 * @param registry As Postgres gave it.
 */
export function describeLeftOut(registry: unknown, rows: readonly UnreadableRow[]): LeftOutRow[] {
  const models = new Map(
    modelsSchema.parse(registry).models.map((model, place) => [
      model === null ? `models.${place}` : rowName(model.model_id),
      chosenBySchema.parse(model ?? {}),
    ]),
  );
  return rows.map((row) => {
    const chosenBy = models.get(row.name);
    return chosenBy === undefined ? row : { ...row, chosenBy };
  });
}

/** @throws {AppError} `registry_invalid`, naming the row and its column */
export function refuseLeftOut({ name, problem }: LeftOutRow): never {
  throw new AppError("registry_invalid", undefined, {
    hint: `Correct the row of ${name}: ${problem}`,
  });
}
