import { z } from "zod";
import type { ServedModel } from "../models/served_model.ts";
import type { Answer, AnswerBlock } from "./answer.ts";
import { usageOf } from "./compose_answer.ts";
import type { CountedInput } from "./prompt_cache.ts";
import { signThinking } from "./thinking_signature.ts";

const json = z.record(z.string(), z.unknown());
const count = z.int().min(0);

const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({
    type: z.literal("thinking"),
    text: z.string(),
    /** By default the model's own, which it takes back; null: it is not signed. */
    signature: z.string().nullable().optional(),
  }),
  z.strictObject({ type: z.literal("redacted_thinking"), data: z.base64() }),
  z.strictObject({
    type: z.literal("tool_use"),
    id: z.string().default("tooluse_stand_in"),
    name: z.string(),
    input: json.default({}),
  }),
  /** Sent as it is, in any format. */
  z.strictObject({ type: z.literal("native"), value: json }),
]);

/** An exact answer; its blocks are written in the format of the call. */
export const scriptedAnswer = z.strictObject({
  kind: z.literal("answer"),
  /** May be empty. */
  content: z.array(block),
  /** Sent as it is; by default `end_turn`, or `tool_use` when the last block is one. */
  stopReason: z.string().optional(),
  stopSequence: z.string().nullable().default(null),
  /** Counts that are left out are computed; null sends no usage. */
  usage: z.strictObject({
    inputTokens: count.optional(),
    outputTokens: count.optional(),
    cacheReadTokens: count.optional(),
    cacheWriteTokens: count.optional(),
    cacheWrite1hTokens: count.optional(),
    thinkingTokens: count.optional(),
  }).nullable().default({}),
});

export type ScriptedAnswer = z.infer<typeof scriptedAnswer>;
/** With its defaults left out. */
export type ScriptedAnswerInput = Omit<z.input<typeof scriptedAnswer>, "kind">;

/** The scripted answer to a question; members that the script leaves out are computed. */
export function answerFromScript(
  script: ScriptedAnswer,
  counted: CountedInput,
  model: ServedModel,
): Answer {
  const usesTool = script.content.at(-1)?.type === "tool_use";
  const blocks = script.content.map((block): AnswerBlock =>
    block.type === "thinking"
      ? { ...block, signature: block.signature ?? signature(block, model) }
      : block
  );
  const computed = usageOf(blocks, counted, model);
  const given = Object.entries(script.usage ?? {}).filter(([, value]) => value !== undefined);
  return {
    blocks,
    stopReason: script.stopReason ?? (usesTool ? "tool_use" : "end_turn"),
    stopSequence: script.stopSequence,
    usage: script.usage && { ...computed, ...Object.fromEntries(given) },
  };
}

function signature(
  { text, signature }: { text: string; signature?: string | null | undefined },
  model: ServedModel,
): string | null {
  return signature === null || model.family !== "claude" ? null : signThinking(model.id, text);
}
