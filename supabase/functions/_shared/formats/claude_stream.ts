import { z } from "zod";
import type { ModelAnswer, PartialAnswer, Usage } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { ArrivingBlocks } from "./arriving_blocks.ts";
import { claudeBlockSchema } from "./claude_blocks.ts";
import { ClaudeStreamBlock } from "./claude_stream_block.ts";
import { claudeStreamError } from "./claude_stream_error.ts";
import { GuardrailWatch } from "./guardrail_watch.ts";
import { isJsonObject, type JsonObject, type ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { claudeStop, meantStop, metSequence } from "./stop_reason.ts";
import type { StreamDecoder } from "./stream_decoder.ts";
import { misplacedEvent, truncatedStream, unknownEvent } from "./stream_fault.ts";
import { wasCut } from "./tool_answer.ts";
import { mayThink } from "./thinking_fields.ts";
import { claudeUsage } from "./usage.ts";

const eventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_start"),
    message: z.object({ role: z.literal("assistant"), usage: z.unknown().optional() }),
  }),
  z.object({
    type: z.literal("content_block_start"),
    index: z.int(),
    content_block: claudeBlockSchema,
  }),
  z.object({
    type: z.literal("content_block_delta"),
    index: z.int(),
    delta: z.looseObject({ type: z.string() }),
  }),
  z.object({ type: z.literal("content_block_stop"), index: z.int() }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({
      stop_reason: z.unknown().optional(),
      stop_sequence: z.unknown().optional(),
    }),
    usage: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("message_stop"),
    "amazon-bedrock-invocationMetrics": z.unknown().optional(),
  }),
  z.object({ type: z.literal("ping") }),
  z.object({
    type: z.literal("error"),
    error: z.object({ type: z.unknown().optional(), message: z.unknown().optional() }),
  }),
]);

type StreamEvent = z.infer<typeof eventSchema>;

const kinds: readonly unknown[] = eventSchema.options.map((option) => option.shape.type.value);

/**
 * Reads a stream of Claude's own events. `message_stop` is the last; usage comes before it.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class ClaudeStreamDecoder implements StreamDecoder {
  readonly #request: ModelRequest;
  readonly #guardrail = new GuardrailWatch();
  readonly #blocks: ClaudeStreamBlock[] = [];
  readonly #open = new Map<number, ClaudeStreamBlock>();
  readonly #arriving = new ArrivingBlocks();
  #started = false;
  /** Of the events so far, later counts over earlier ones. */
  #counts: JsonObject = {};
  #metrics: unknown = null;
  /** Null until `message_delta` has come. */
  #stop: { readonly reason: unknown; readonly sequence: unknown } | null = null;
  #ended = false;
  #usageTaken = false;

  constructor(request: ModelRequest) {
    this.#request = request;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get isComposing(): boolean {
    const open = [...this.#open.values()];
    return open.length === 0 ? mayThink(this.#request) : open.some((block) => block.isComposing);
  }

  push(value: unknown): void {
    if (!isJsonObject(value)) throw unknownEvent("claude");
    const said = this.#guardrail.strip(value);
    // A chunk that tells of a guardrail and of nothing else.
    if (Object.keys(said).length === 0 && Object.keys(value).length > 0) return;
    if (!kinds.includes(said["type"])) throw unknownEvent("claude");
    this.#read(isDelta(said) ? said : parseBody(eventSchema, said, "claude"));
  }

  #read(event: StreamEvent): void {
    this.#expectInOrder(event.type);
    switch (event.type) {
      case "message_start":
        this.#started = true;
        this.#count(event.message.usage);
        // A placeholder: the model has not written anything yet.
        this.#count({ output_tokens: undefined });
        break;
      case "content_block_start": {
        if (this.#open.has(event.index)) throw misplacedEvent("claude", event.type);
        const block = new ClaudeStreamBlock(
          event.content_block,
          this.#arriving,
          this.#request,
        );
        this.#blocks.push(block);
        this.#open.set(event.index, block);
        break;
      }
      case "content_block_delta":
        this.#openBlock(event).add(event.delta);
        break;
      case "content_block_stop":
        this.#end(event);
        break;
      case "message_delta":
        // Not to be added: the counts are of the whole answer so far.
        this.#count(event.usage);
        this.#stop = {
          reason: event.delta.stop_reason ?? this.#stop?.reason,
          sequence: event.delta.stop_sequence ?? this.#stop?.sequence,
        };
        break;
      case "message_stop":
        if (this.#stop === null) throw misplacedEvent("claude", event.type);
        this.#metrics = event["amazon-bedrock-invocationMetrics"];
        for (const block of this.#open.values()) block.end(wasCut(claudeStop(this.#stop.reason)));
        this.#ended = true;
        break;
      case "ping":
        break;
      case "error":
        throw claudeStreamError(event.error.type, event.error.message);
      default:
        event satisfies never;
    }
  }

  take(): readonly ModelEvent[] {
    const events = this.#arriving.take();
    if (this.#ended && !this.#usageTaken) {
      this.#usageTaken = true;
      events.push({ type: "usage", usage: this.#usage() });
    }
    return events;
  }

  finish(): ModelAnswer {
    if (!this.#ended) throw truncatedStream();
    const answer = this.partial();
    const context = { ...answer, request: this.#request, guardrail: this.#guardrail };
    const stop = meantStop(claudeStop(this.#stop?.reason), context);
    return { ...answer, ...stop, ...metSequence(this.#stop?.sequence) };
  }

  partial(): PartialAnswer {
    return { blocks: this.#blocks.flatMap((block) => block.decode()), usage: this.#usage() };
  }

  #usage(): Usage {
    return claudeUsage(this.#counts, this.#metrics);
  }

  #expectInOrder(type: string): void {
    if (type === "ping" || type === "error") return;
    const isStart = type === "message_start";
    if (this.#ended || isStart === this.#started) throw misplacedEvent("claude", type);
  }

  /** Takes the counts that an event holds; one that is null says nothing. */
  #count(usage: unknown): void {
    if (!isJsonObject(usage)) return;
    const counts = Object.entries(usage).filter(([, count]) => count !== null);
    this.#counts = { ...this.#counts, ...Object.fromEntries(counts) };
  }

  /** Whether a call without its input was cut off is told by the stop reason. */
  #end(event: { type: string; index: number }): void {
    const block = this.#openBlock(event);
    if (block.isUnwritten) return;
    block.end();
    this.#open.delete(event.index);
  }

  #openBlock({ type, index }: { type: string; index: number }): ClaudeStreamBlock {
    const block = this.#open.get(index);
    if (block === undefined) throw misplacedEvent("claude", type);
    return block;
  }
}

/**
 * The schema's check of the event that nearly all of a stream are, in a fraction of its time; the
 * schema tells what is wrong.
 */
function isDelta(
  event: JsonObject,
): event is Extract<StreamEvent, { type: "content_block_delta" }> {
  return event["type"] === "content_block_delta" && Number.isSafeInteger(event["index"]) &&
    isJsonObject(event["delta"]) && typeof event["delta"]["type"] === "string";
}
