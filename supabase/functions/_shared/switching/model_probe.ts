import { z } from "zod";

/** One call of a probe, and its result. */
export const probeCheckSchema = z.object({
  /** The whole answer at once, as a stream, with a call of a tool, or about an image. */
  name: z.enum(["invoke", "stream", "tool", "image"]),
  ok: z.boolean(),
  message: z.string(),
  hint: z.string().nullable(),
  /** Error code; null where the call succeeded. */
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
  /** Of the first failure; null where every call succeeded. */
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
