import { createHash } from "node:crypto";
import type { ServedModel } from "../models/served_model.ts";
import { type AskedPart, type CacheTtl, mediaBytes } from "./asked_part.ts";
import type { Question } from "./question.ts";
import { textTokens } from "./tokens.ts";

/** One piece of the prompt, in the order in which a model reads it: tools, system, messages. */
export interface PromptPart {
  readonly place: "tools" | "system" | "messages";
  /** Equal for equal pieces; computed when it is asked for, since images are large. */
  readonly key: () => string;
  readonly tokens: number;
  /** A cache point after it. */
  readonly cache?: CacheTtl;
}

/** Tokens of a message besides its content. */
const frameTokens = 4;

/** The prompt, piece by piece. */
export function promptParts(question: Question, model: ServedModel): PromptPart[] {
  const tools = (question.tools?.tools ?? []).map(({ definition, cache }) => ({
    place: "tools" as const,
    key: () => JSON.stringify(definition),
    tokens: textTokens(JSON.stringify(definition), model),
    ...cache && { cache },
  }));
  const system = question.system.map(({ text, cache }) => ({
    place: "system" as const,
    key: () => text,
    tokens: textTokens(text, model),
    ...cache && { cache },
  }));
  const messages = question.messages.flatMap(({ role, parts }) =>
    parts.map((part, index) => ({
      place: "messages" as const,
      key: () => `${role} ${partKey(part)}`,
      tokens: partTokens(part, model) + (index === 0 ? frameTokens : 0),
      ...part.cache && { cache: part.cache },
    }))
  );
  return [...tools, ...system, ...messages];
}

/** Tokens of pieces of a prompt. */
export function tokensOf(parts: readonly PromptPart[]): number {
  return parts.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** A text that changes with the part: its text, or the JSON of its content. */
export function partKey(part: AskedPart): string {
  const { at: _, cache: __, ...content } = part;
  switch (content.type) {
    case "text":
      return content.text;
    case "image":
    case "document":
    case "video": {
      const { data, ...others } = content;
      return JSON.stringify({ ...others, data: createHash("sha256").update(data).digest("hex") });
    }
    case "tool_result":
      return JSON.stringify({ ...content, parts: content.parts.map(partKey) });
    case "tool_use":
    case "thinking":
    case "redacted_thinking":
    case "other":
      return JSON.stringify(content);
    default:
      return content satisfies never;
  }
}

function partTokens(part: AskedPart, model: ServedModel): number {
  switch (part.type) {
    case "image":
    case "video":
    case "document":
      return part.text === undefined
        ? Math.ceil(mediaBytes(part) / 750)
        : textTokens(part.text, model);
    case "tool_result":
      return part.parts.reduce((sum, inner) => sum + partTokens(inner, model), 0) +
        textTokens(part.toolUseId, model);
    case "text":
    case "tool_use":
    case "thinking":
    case "redacted_thinking":
    case "other":
      return textTokens(partKey(part), model);
    default:
      return part satisfies never;
  }
}
