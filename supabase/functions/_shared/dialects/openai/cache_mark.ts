import type { CacheMark, CacheTtl } from "../../core/content.ts";
import { isJsonObject } from "../../formats/model_format.ts";

/** The times that clients name, and the nearest that models have. */
const ttls = new Map<unknown, CacheTtl>([["5m", "5m"], ["30m", "5m"], ["1h", "1h"], ["12h", "1h"]]);

/** Members of a part or a tool that ask for its prefix to be cached. */
const cacheFields = ["prompt_cache_breakpoint", "cache_control"] as const;

/** The API's own mark, or that of gateways; neither is worth an error. */
export function cacheMark(
  marked: Readonly<Partial<Record<typeof cacheFields[number], unknown>>>,
): { readonly cache?: CacheMark } {
  const mark = cacheFields.map((field) => marked[field]).find(isJsonObject);
  if (mark === undefined) return {};
  return { cache: { ttl: ttls.get(mark["ttl"]) ?? null } };
}
