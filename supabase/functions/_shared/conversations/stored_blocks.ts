import { z } from "zod";
import type { ContentBlock } from "../core/content.ts";

/** The neutral message model as it is stored in `ai_messages.blocks`. */
export const contentBlocksSchema: z.ZodType<readonly ContentBlock[]> = z.array(
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({
      type: z.literal("thinking"),
      text: z.string(),
      signature: z.string().nullable(),
    }),
    z.object({ type: z.literal("redacted-thinking"), data: z.string() }),
    z.object({
      type: z.literal("tool-use"),
      id: z.string(),
      name: z.string(),
      input: z.unknown(),
    }),
    z.object({
      type: z.literal("opaque"),
      kind: z.string(),
      value: z.unknown(),
    }),
  ]),
);
