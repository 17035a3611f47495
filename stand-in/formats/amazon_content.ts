import { z } from "zod";
import { base64Text } from "./base64_text.ts";

/** The blocks that Nova's own body and Converse spell alike. */

export const cachePoint = z.strictObject({
  type: z.literal("default"),
  ttl: z.enum(["5m", "1h"]).optional(),
});

/** What ids and names of tools are written with. */
const identifier = z.string().min(1).max(64).regex(/^[a-zA-Z0-9_-]+$/);

const s3Location = z.strictObject({ uri: z.string(), bucketOwner: z.string().optional() });

export const imageFormats = z.enum(["png", "jpeg", "gif", "webp"]);

/** Which S3 objects exist, the stand-in does not know. */
const source = z.strictObject({
  bytes: base64Text.optional(),
  s3Location: s3Location.optional(),
});

export const image = z.strictObject({ format: imageFormats, source });
export const video = z.strictObject({ format: z.string(), source });

export const toolUse = z.strictObject({
  toolUseId: identifier,
  name: identifier,
  input: z.unknown(),
});

export const toolResult = z.strictObject({
  toolUseId: identifier,
  content: z.array(z.strictObject({
    text: z.string().optional(),
    json: z.unknown().optional(),
    image: image.optional(),
    document: z.looseObject({}).optional(),
    video: video.optional(),
  })),
  status: z.enum(["success", "error"]).optional(),
});

const toolSpec = z.strictObject({
  name: identifier,
  description: z.string().min(1).optional(),
  inputSchema: z.strictObject({ json: z.record(z.string(), z.unknown()) }),
  strict: z.boolean().optional(),
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

export type ToolConfig = z.infer<typeof toolConfig>;

/** A block of either format; just one member is there. */
export interface AmazonBlock {
  readonly text?: string | undefined;
  readonly image?: z.infer<typeof image> | undefined;
  readonly video?: z.infer<typeof video> | undefined;
  readonly document?: AmazonDocument | undefined;
  readonly toolUse?: z.infer<typeof toolUse> | undefined;
  readonly toolResult?: z.infer<typeof toolResult> | undefined;
  readonly reasoningContent?: Reasoning | undefined;
  readonly cachePoint?: z.infer<typeof cachePoint> | undefined;
  readonly guardContent?: GuardContent | undefined;
}

export const documentFormats = z.enum(
  ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"],
);

export const document = z.strictObject({
  format: documentFormats.optional(),
  name: z.string().min(1).max(200),
  source: z.strictObject({
    bytes: base64Text.optional(),
    text: z.string().optional(),
    s3Location: s3Location.optional(),
    content: z.array(z.strictObject({ text: z.string() })).optional(),
  }),
  context: z.string().optional(),
  citations: z.strictObject({ enabled: z.boolean() }).optional(),
});

export type AmazonDocument = z.infer<typeof document>;

export const reasoningContent = z.strictObject({
  reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }).optional(),
  redactedContent: base64Text.optional(),
});

type Reasoning = z.infer<typeof reasoningContent>;

export const guardContent = z.strictObject({
  text: z.strictObject({
    text: z.string(),
    qualifiers: z.array(z.enum(["grounding_source", "query", "guard_content"])).optional(),
  }).optional(),
  image: z.strictObject({ format: z.enum(["png", "jpeg"]), source }).optional(),
});

type GuardContent = z.infer<typeof guardContent>;
