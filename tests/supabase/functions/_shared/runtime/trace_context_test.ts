import { expect } from "@std/expect";
import { readTraceparent } from "../../../../../supabase/functions/_shared/runtime/trace_context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const read = { trace_id: traceId, span_id: spanId };

Deno.test("readTraceparent() reads what the standard allows, and ignores the rest", () => {
  const table: [string | null, typeof read | null][] = [
    [`00-${traceId}-${spanId}-01`, read],
    [` 00-${traceId}-${spanId}-00 `, read],
    // A later version may say more.
    [`cc-${traceId}-${spanId}-01-what-the-future`, read],
    [`cc-${traceId}-${spanId}-01`, read],
    [null, null],
    ["", null],
    [`00-${traceId}-${spanId}-01-more`, null],
    [`cc-${traceId}-${spanId}-01.more`, null],
    [`ff-${traceId}-${spanId}-01`, null],
    [`00-${"0".repeat(32)}-${spanId}-01`, null],
    [`00-${traceId}-${"0".repeat(16)}-01`, null],
    [`00-${traceId.toUpperCase()}-${spanId}-01`, null],
    [`00-${traceId}-${spanId}`, null],
    [`00-${traceId.slice(1)}-${spanId}-01`, null],
    // As fetch joins two headers.
    [`00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, null],
  ];
  for (const [header, expected] of table) {
    expect([header, readTraceparent(header)]).toEqual([header, expected]);
  }
});
