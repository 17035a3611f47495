/**
 * The caller's place in a trace, for the log: the names are those of OpenTelemetry's logs outside of
 * OTLP.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
 */
export interface TraceContext {
  readonly trace_id: string;
  /** The caller's span, the parent of what is done for it. */
  readonly span_id: string;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/**
 * Reads the header `traceparent`. One that is not valid is as none, as the standard says: nothing
 * else depends on it.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceparent(header: string | null): TraceContext | null {
  const [, version, traceId = "", spanId = "", more] = form.exec(header?.trim() ?? "") ?? [];
  if (version === undefined || version === "ff") return null;
  // Later versions may add parts; the first has none.
  if (version === "00" && more !== undefined) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { trace_id: traceId, span_id: spanId };
}
