import { z } from "zod";
import { bucketed, bucketStart, count, milliseconds } from "./report_parts.ts";

/** As `performance_report()` returns it. Times are of complete answers. */
export const performanceReportSchema = z.object({
  ...bucketed,
  rows: z.array(z.object({
    ...bucketStart,
    model_id: z.string(),
    /** Complete ones. */
    answers: count,
    /** Turns that failed or broke off. */
    errors: count,
    mean_ms: milliseconds,
    stddev_ms: milliseconds,
    p50_ms: milliseconds,
    p95_ms: milliseconds,
    p99_ms: milliseconds,
    /** Time to the first piece of an answer; of one that is not streamed, to its first byte. */
    ttft_mean_ms: milliseconds,
    ttft_p50_ms: milliseconds,
    ttft_p95_ms: milliseconds,
    ttft_p99_ms: milliseconds,
  })),
});

export type PerformanceReport = Readonly<z.infer<typeof performanceReportSchema>>;
