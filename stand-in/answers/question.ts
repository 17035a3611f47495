import type { AskedPart, CacheTtl } from "./asked_part.ts";

/** What is asked of a model, whichever body it came in. */
export interface Question {
  readonly system: readonly SystemPart[];
  readonly messages: readonly AskedMessage[];
  readonly settings: AskedSettings;
  /** Whether the answer begins with a thinking block. */
  readonly thinks: boolean;
  /** Whether the thinking block comes without its words. */
  readonly hidesThinking: boolean;
  /** Null: none were sent. */
  readonly tools: AskedTools | null;
  /** The JSON schema that the answer has to fit; null: any text. */
  readonly outputSchema: unknown;
  /** Null: none. */
  readonly guardrail: AskedGuardrail | null;
}

export interface SystemPart {
  readonly text: string;
  /** A cache point after it. */
  readonly cache?: CacheTtl;
}

export interface AskedMessage {
  readonly role: "user" | "assistant";
  readonly parts: readonly AskedPart[];
}

export interface AskedSettings {
  /** Null: the model's maximum. */
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stopSequences: readonly string[];
}

export interface AskedTools {
  readonly tools: readonly AskedTool[];
  /** `{ name }` forces one. */
  readonly choice: "auto" | "any" | "none" | { readonly name: string };
  /** Whether several may be called at once. */
  readonly parallel: boolean;
}

export interface AskedTool {
  readonly name: string;
  readonly inputSchema: unknown;
  /** Whether its input is to be held to the schema. */
  readonly strict: boolean;
  /** The whole definition, which is a part of the prompt. */
  readonly definition: unknown;
  readonly cache?: CacheTtl;
}

export interface AskedGuardrail {
  readonly id: string;
  readonly version: string;
  /** Whether the answer has the assessments. */
  readonly trace: boolean;
}

/** What a request has that asks for text alone. */
export const plainQuestion = {
  hidesThinking: false,
  tools: null,
  outputSchema: null,
  guardrail: null,
} as const;

/** The system prompt, one block a line; empty: none. */
export function systemText({ system }: Question): string {
  return system.map(({ text }) => text).join("\n");
}

/** The text blocks of a message. */
export function messageText(message: AskedMessage | undefined): string {
  return (message?.parts ?? []).flatMap((part) => part.type === "text" ? [part.text] : [])
    .join("\n");
}
