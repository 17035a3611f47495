import type { FormatId } from "../../../../../supabase/functions/_shared/registry/model.ts";

/** One answer of a format, as the body of a plain response and as the events of a stream. */
export interface StreamFixture {
  readonly name: string;
  readonly format: FormatId;
  /** For `decodeResponse`. */
  readonly body: unknown;
  /** For the stream's decoder: one event each. */
  readonly events: readonly Record<string, unknown>[];
}
