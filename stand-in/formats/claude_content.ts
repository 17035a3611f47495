import { z } from "zod";
import { base64Text } from "./base64_text.ts";

/** The content blocks of Claude's Messages API. */

export const cache_control = z.strictObject({
  type: z.literal("ephemeral"),
  ttl: z.enum(["5m", "1h"]).optional(),
}).optional();

export const text = z.strictObject({
  type: z.literal("text"),
  text: z.string(),
  cache_control,
  citations: z.unknown().optional(),
});

const image = z.strictObject({
  type: z.literal("image"),
  source: z.strictObject({
    type: z.literal("base64"),
    media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
    data: base64Text,
  }),
  cache_control,
});

const document = z.strictObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("base64"),
      media_type: z.literal("application/pdf"),
      data: base64Text,
    }),
    z.strictObject({
      type: z.literal("text"),
      media_type: z.literal("text/plain"),
      data: z.string(),
    }),
    z.strictObject({ type: z.literal("content"), content: z.unknown() }),
  ]),
  title: z.string().nullable().optional(),
  context: z.string().nullable().optional(),
  citations: z.unknown().optional(),
  cache_control,
});

const identifier = z.string().regex(/^[a-zA-Z0-9_-]+$/);

export const block = z.discriminatedUnion("type", [
  text,
  image,
  document,
  z.strictObject({
    type: z.literal("tool_use"),
    id: identifier,
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    input: z.record(z.string(), z.unknown()),
    cache_control,
  }),
  z.strictObject({
    type: z.literal("tool_result"),
    tool_use_id: identifier,
    content: z.union([z.string(), z.array(z.discriminatedUnion("type", [text, image, document]))])
      .optional(),
    is_error: z.boolean().optional(),
    cache_control,
  }),
  z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);

export type ClaudeBlock = z.infer<typeof block>;
