import type { ModelAnswer } from "../core/answer.ts";
import type { RefusedHistory } from "../core/app_error.ts";
import type { CacheMark, ContentBlock, Message, TextBlock } from "../core/content.ts";
import type { Effort } from "../registry/capabilities.ts";
import type { FormatId, Model } from "../registry/model.ts";
import type { ReplayableMessage } from "./replayable.ts";
import type { RequestMetadata } from "./request_metadata.ts";
import type { StreamDecoder } from "./stream_decoder.ts";

/** A JSON object, as it goes over the wire. */
export type JsonObject = { readonly [key: string]: unknown };

/** Whether `value` is a JSON object, and neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members that are sent: all but those that are null. */
export function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** Inference settings that the model accepts; null is not sent. */
export interface InferenceSettings {
  /**
   * Null only where the model refuses a limit. Otherwise always sent: Bedrock reserves quota for the
   * model's maximum if it is not.
   */
  readonly maxTokens: number | null;
  /** 0 to 1. */
  readonly temperature: number | null;
  /** 0 to 1. */
  readonly topP: number | null;
  /** From 1; formats that have no place for it leave it out. */
  readonly topK: number | null;
  /** The model stops where it would write one of these; empty: none is sent. */
  readonly stopSequences: readonly string[];
}

/** Inference settings before they are fitted to what else is asked. */
export interface AskedInference extends InferenceSettings {
  readonly maxTokens: number;
  /** As far as thinking may raise that. Default: as far as the model goes. */
  readonly mostTokens?: number;
}

/**
 * Members of Claude's body that go with a beta, by its value. They are sent to models whose row
 * lists it.
 */
export type BetaMembers = Readonly<Record<string, JsonObject>>;

/** A tool that the model may ask to have run. */
export interface Tool {
  /** As the caller calls it: any text. */
  readonly name: string;
  /** Null or blank: none is sent. */
  readonly description: string | null;
  /** A JSON schema of the input, as the caller wrote it. */
  readonly inputSchema: unknown;
  /** Whether the model is held to the schema, where its row says that it can be. */
  readonly strict?: boolean;
  readonly betaMembers?: BetaMembers | undefined;
  readonly cache?: CacheMark;
}

/** Whether and which tool the model is to call. */
export type ToolChoice =
  | { readonly type: "auto" | "any" | "none" }
  /** The caller's name of the tool. */
  | { readonly type: "tool"; readonly name: string };

/** A guardrail of Amazon Bedrock's. It is the assistant's, never the caller's. */
export interface Guardrail {
  readonly id: string;
  /** A number, or `DRAFT`. */
  readonly version: string;
}

/** A schema that the answer has to fit. */
export interface OutputSchema {
  readonly name: string;
  readonly description: string | null;
  readonly schema: JsonObject;
}

/** What is asked, before it is fitted to a model; the same for every model of a run. */
export interface Asked {
  /** In order; blank ones are left out. Empty: none is sent. */
  readonly system: readonly TextBlock[];
  /** Oldest first; the last is the user's. Their media are inline. */
  readonly messages: readonly Message[];
  /** Empty: none. */
  readonly tools: readonly Tool[];
  /** Null: the model's own choice. */
  readonly toolChoice: ToolChoice | null;
  /** Whether several tools may be called at once. */
  readonly parallelTools: boolean;
  readonly outputSchema: OutputSchema | null;
  /** How much the model is to think; null: as it does by itself. */
  readonly effort: AskedEffort | null;
  readonly guardrail: Guardrail | null;
  /** Whether it never saw the earlier messages. Default: each was looked at when it came. */
  readonly unguarded?: boolean | undefined;
  /** Values of `anthropic_beta` that the caller asked for; those that the row does not list go. */
  readonly betas: readonly string[];
  readonly betaMembers?: BetaMembers | undefined;
  /** What the model refused of the history, which it is not sent again. Default: nothing. */
  readonly withheld?: RefusedHistory | undefined;
  /** Whether the prompt is cached only where the prices of it are known. Default: always. */
  readonly cachesIfPriced?: boolean | undefined;
}

/**
 * How much a model is asked to think: so much, as much as it finds right, so many tokens, or so much
 * if it thinks by itself.
 */
export type AskedEffort = Effort | "adaptive" | ThinkingBudget | OwnThinking;

export interface OwnThinking {
  readonly ownEffort: Effort;
}

export interface ThinkingBudget {
  /** A part of the answer's limit. */
  readonly budgetTokens: number;
  /** For models whose row asks in another way; null: the nearest to the budget. */
  readonly effort: Effort | null;
}

/** How the model is told to think; null: nothing is said. */
export type Thinking =
  | { readonly kind: "budget"; readonly budgetTokens: number }
  | { readonly kind: "adaptive" | "level" | "field"; readonly effort: Exclude<Effort, "none"> }
  | { readonly kind: "disabled" | "between_tools" };

/** The tools as a model gets them. */
export interface PreparedTools {
  /** With names and schemas that the model accepts. */
  readonly tools: readonly (Tool & { readonly inputSchema: JsonObject })[];
  /** Null: nothing is said, which is the model's own choice. A tool is named as in `tools`. */
  readonly choice: ToolChoice | null;
  /** Whether several may be called at once; false only where the model can be told so. */
  readonly parallel: boolean;
  /** The caller's names, by the model's. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * A schema and how the model is held to it: by itself; by the one tool of `tools`, which has the
 * schema's name, which it has to call, and whose input is the answer; or by words in the system
 * prompt. An answer by the tool is decoded as text.
 */
export interface PreparedOutput {
  /** As the model gets it. It may be wider than what is asked, which the answer has to fit. */
  readonly schema: OutputSchema;
  readonly by: "model" | "tool" | "instruction";
}

/** What the model is not sent although it was said: how many blocks of each kind. */
export type LeftOut = Readonly<Partial<Record<ContentBlock["type"], number>>>;

/** What is asked of a model, fitted to its row and independent of its format. */
export interface ModelRequest {
  readonly model: Model;
  /** Empty: none is sent. */
  readonly system: readonly TextBlock[];
  /** Oldest first; the last is the user's. */
  readonly messages: readonly ReplayableMessage[];
  /** Null: none are sent. */
  readonly tools: PreparedTools | null;
  readonly inference: InferenceSettings;
  readonly thinking: Thinking | null;
  /** Null: none. */
  readonly output: PreparedOutput | null;
  readonly guardrail: Guardrail | null;
  /** As in {@linkcode Asked}. */
  readonly unguarded?: boolean | undefined;
  /** Those that it accepts; what goes with them is in `betaMembers`, and in the tools'. */
  readonly betas: readonly string[];
  readonly betaMembers?: BetaMembers | undefined;
  /** Told to the caller, who may want to know what the model did not see. */
  readonly leftOut: LeftOut;
  /** For AWS's invocation logs. Default: none. */
  readonly metadata?: RequestMetadata | undefined;
}

/** One format of request and response. Pure: it does no I/O. */
export interface ModelFormat {
  readonly id: FormatId;
  /** The Bedrock operation that carries the body: InvokeModel, or Converse. */
  readonly operation: "invoke" | "converse";
  /** The body of the request, without the model id. Media stand in it as base64. */
  encodeRequest(request: ModelRequest): JsonObject;
  /**
   * Reads the body of a response. Tools have the caller's names again.
   *
   * @throws {AppError} `bedrock_bad_response` when it is not of this format.
   */
  decodeResponse(body: unknown, request: ModelRequest): ModelAnswer;
  /** Begins to read one stream of the operation's streaming counterpart. */
  createStreamDecoder(request: ModelRequest): StreamDecoder;
}
