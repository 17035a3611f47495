import { z } from "zod";

/** Tools as Nova's own body and Converse both spell them. */
const toolSpec = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().min(1).optional(),
  // Nova's validator is known to refuse further schema keywords, such as "definitions".
  inputSchema: z.strictObject({ json: z.record(z.string(), z.unknown()) }),
  strict: z.boolean().optional(),
});

export const cachePoint = z.strictObject({
  type: z.literal("default"),
  ttl: z.enum(["5m", "1h"]).optional(),
});

export const toolConfig = z.strictObject({
  tools: z.array(
    z.union([
      z.strictObject({ toolSpec }),
      z.strictObject({ cachePoint }),
      z.strictObject({ systemTool: z.strictObject({ name: z.string() }) }),
    ]),
  ).min(1),
  toolChoice: z.union([
    z.strictObject({ auto: z.strictObject({}) }),
    z.strictObject({ any: z.strictObject({}) }),
    z.strictObject({ tool: z.strictObject({ name: z.string() }) }),
  ]).optional(),
});
