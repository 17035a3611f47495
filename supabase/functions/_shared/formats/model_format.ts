import type { ModelAnswer } from "../core/answer.ts";
import type { Message } from "../core/content.ts";
import type { FormatId, Model } from "../registry/model.ts";
import type { StreamDecoder } from "./stream_decoder.ts";

/** A JSON object, as it goes over the wire. */
export type JsonObject = { readonly [key: string]: unknown };

/** Whether `value` is a JSON object, and neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Inference settings that the model accepts; null is not sent. */
export interface InferenceSettings {
  /** Always sent: Bedrock reserves quota for the model's maximum otherwise. */
  readonly maxTokens: number;
  /** 0 to 1. */
  readonly temperature: number | null;
  /** 0 to 1. */
  readonly topP: number | null;
  /** The model stops where it would write one of these; empty: none is sent. */
  readonly stopSequences: readonly string[];
}

/** What is asked of a model, independent of its format. */
export interface ModelRequest {
  readonly model: Model;
  /** Empty: none is sent. */
  readonly systemPrompt: string;
  /** Oldest first; the last is the user's. */
  readonly messages: readonly Message[];
  readonly inference: InferenceSettings;
}

/** One format of request and response. Pure: it does no I/O. */
export interface ModelFormat {
  readonly id: FormatId;
  /** The Bedrock operation that carries the body: InvokeModel, or Converse. */
  readonly operation: "invoke" | "converse";
  /**
   * The body of the request, without the model id.
   *
   * @throws {AppError} `invalid_request` when the messages hold no text of the user's.
   */
  encodeRequest(request: ModelRequest): JsonObject;
  /**
   * Reads the body of a response.
   *
   * @throws {AppError} `bedrock_bad_response` when it is not of this format.
   */
  decodeResponse(body: unknown): ModelAnswer;
  /** Begins to read one stream of the operation's streaming counterpart. */
  createStreamDecoder(): StreamDecoder;
}
