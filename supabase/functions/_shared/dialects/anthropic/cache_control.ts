import { z } from "zod";
import type { CacheMark } from "../../core/content.ts";
import type { Reading } from "../reading.ts";

const cacheControlSchema = z.object({
  type: z.literal("ephemeral"),
  ttl: z.enum(["5m", "1h"]).nullish(),
});

/** What a block that is marked for caching carries. */
export function cacheMark(
  value: unknown,
  place: string,
  reading: Reading,
): { readonly cache?: CacheMark } {
  if (value === undefined || value === null) return {};
  const { ttl } = reading.read(cacheControlSchema, value, `${place}.cache_control`);
  return { cache: { ttl: ttl ?? null } };
}
