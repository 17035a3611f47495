import { z } from "zod";
import { inferenceProfileOf } from "../registry/geography.ts";
import type { StoredFigures } from "./run_record.ts";

/**
 * What an answer says of itself, for machines to read: that it is generated, by what, when, where and
 * why.
 *
 * @see https://eur-lex.europa.eu/eli/reg/2024/1689/oj Article 50
 */
export const provenanceSchema = z.object({
  generated: z.literal(true),
  model_id: z.string().nullable(),
  /** The name that the model's row had then. */
  model_name: z.string().nullable(),
  /** The model's id where it is one of an inference profile; null: a foundation model was called. */
  profile: z.string().nullable(),
  /** When the answer, or of a stream its first piece, was there. */
  generated_at: z.string().nullable(),
  reason: z.string().nullable(),
  registry_version: z.int().nullable(),
  /** The region that the function ran in; null where its platform does not say. */
  function_region: z.string().nullable(),
  /** Every place where the call may have been processed. */
  model_geographies: z.array(z.string()).nullable(),
  /** Hash of the assistant's prompt and settings; null without an assistant. */
  prompt_hash: z.string().nullable(),
  /**
   * Whether its reader is to be told that a machine answers: with the first answer of a conversation.
   * Null of a call, whose conversation is its client's.
   */
  disclosure: z.boolean().nullable(),
}).meta({ id: "provenance", description: "What the answer says of itself." });

export type Provenance = Readonly<z.infer<typeof provenanceSchema>>;

/** The provenance of an answer, from the record of its run, wherever that is read from. */
export function provenanceOf(
  { generated_at, ...run }:
    & Pick<
      StoredFigures,
      | "model_name"
      | "generated_at"
      | "reason"
      | "registry_version"
      | "function_region"
      | "model_geographies"
      | "prompt_hash"
    >
    & { readonly model_id: string | null },
  disclosure: boolean | null,
): Provenance {
  const { model_id, model_name, reason, registry_version } = run;
  const { function_region, model_geographies, prompt_hash } = run;
  return {
    generated: true,
    model_id,
    model_name,
    profile: model_id === null ? null : inferenceProfileOf(model_id),
    // Postgres writes the same moment in another form.
    generated_at: generated_at === null ? null : new Date(generated_at).toISOString(),
    reason,
    registry_version,
    function_region,
    model_geographies,
    prompt_hash,
    disclosure,
  };
}
