import { z } from "zod";
import type { ArrivingKind } from "./arriving_blocks.ts";
import type { JsonObject } from "./model_format.ts";

/** What a delta adds. */
const deltaSchema = z.union([
  z.object({ text: z.string() }).transform(({ text }) => ({ kind: "text" as const, text })),
  z.object({ citation: z.unknown() }).refine((delta) => delta.citation !== undefined)
    .transform(({ citation }) => ({ kind: "citation" as const, citation })),
  z.object({ toolUse: z.object({ input: z.string() }) })
    .transform(({ toolUse }) => ({ kind: "tool-input" as const, input: toolUse.input })),
  z.object({
    reasoningContent: z.union([
      z.object({ text: z.string() }),
      z.object({ signature: z.string() }),
      z.object({ redactedContent: z.string() }),
    ]),
  }).transform(({ reasoningContent }) => ({ kind: "reasoning" as const, reasoningContent })),
]);

/** A delta of `contentBlockDelta`, read once. */
export interface ConverseDelta {
  readonly value: JsonObject;
  /** Null for a delta of a kind that is not known, which is kept as it came. */
  readonly added: z.infer<typeof deltaSchema> | null;
}

export function readDelta(value: JsonObject): ConverseDelta {
  // Nearly all deltas are text, and the schema takes longer than the rest of their way.
  const { text } = value;
  if (typeof text === "string") return { value, added: { kind: "text", text } };
  return { value, added: deltaSchema.safeParse(value).data ?? null };
}

export type BlockKind = ArrivingKind["kind"];

/** The kind of block that a delta belongs to. */
export function kindOfBlock({ added }: ConverseDelta): BlockKind {
  switch (added?.kind) {
    case "text":
    case "citation":
      return "text";
    case "tool-input":
      return "tool-use";
    case "reasoning":
      return "thinking";
    case undefined:
      return "opaque";
    default:
      return added satisfies never;
  }
}
