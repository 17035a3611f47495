import { z } from "zod";

/** One check of a probe, which is a call, and its result. */
export const probeCheckSchema = z.object({
  /**
   * `invoke` asks for the whole answer at once, `stream` for a stream. The others check a
   * capability of the row: with a call of a tool, a JSON schema of the answer, an image, a document,
   * or cache points.
   */
  name: z.enum(["invoke", "stream", "tool", "schema", "image", "document", "caching"]),
  /** Null: not tried, for the reason in `message`. */
  ok: z.boolean().nullable(),
  message: z.string(),
  hint: z.string().nullable(),
  /** Error code; null where the call succeeded or was not made. */
  error_code: z.string().nullable(),
  /** Whether the same call may succeed later. */
  retryable: z.boolean(),
  /** Until the last byte. */
  latency_ms: z.number().nullable(),
  /** With `stream`, until the first text; null where there was none. */
  time_to_first_token_ms: z.number().nullable(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
});

/** The result of a probe. */
export const modelProbeSchema = z.object({
  passed: z.boolean(),
  /** Of the first failure; null where no call failed. */
  error_code: z.string().nullable(),
  /** Of the call without streaming. */
  latency_ms: z.number().nullable(),
  /** Of all calls together; null where AWS gave no count. */
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  checks: z.array(probeCheckSchema),
});

/** A probe that was recorded, and when. */
export const recordedProbeSchema = modelProbeSchema.extend({ created_at: z.string() });

export type ProbeCheck = Readonly<z.infer<typeof probeCheckSchema>>;
export type ModelProbe = Readonly<z.infer<typeof modelProbeSchema>>;
export type RecordedProbe = Readonly<z.infer<typeof recordedProbeSchema>>;
