import { z } from "zod";
import type { ModelAnswer, PartialAnswer, Usage } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { ArrivingBlocks } from "./arriving_blocks.ts";
import { type ConverseDelta, readDelta } from "./converse_delta.ts";
import { ConverseStreamBlock } from "./converse_stream_block.ts";
import { GuardrailWatch } from "./guardrail_watch.ts";
import { isJsonObject, type ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { converseStop, meantStop } from "./stop_reason.ts";
import type { StreamDecoder } from "./stream_decoder.ts";
import { misplacedEvent, truncatedStream, unknownEvent } from "./stream_fault.ts";
import { wasCut } from "./tool_answer.ts";
import { mayThink } from "./thinking_fields.ts";
import { converseUsage } from "./usage.ts";

/** In chunks of Nova's, beside the last event. */
const metricsKey = "amazon-bedrock-invocationMetrics";

const contentBlockIndex = z.int();
const schemas = {
  messageStart: z.object({ role: z.literal("assistant") }),
  contentBlockStart: z.object({ contentBlockIndex, start: z.record(z.string(), z.unknown()) }),
  contentBlockDelta: z.object({ contentBlockIndex, delta: z.record(z.string(), z.unknown()) }),
  contentBlockStop: z.object({ contentBlockIndex }),
  messageStop: z.object({ stopReason: z.unknown().optional() }),
  metadata: z.object({ usage: z.unknown().optional(), trace: z.unknown().optional() }),
};

type EventName = keyof typeof schemas;
const eventNames = Object.keys(schemas) as readonly EventName[];

/**
 * Reads the events of ConverseStream, and of Nova's own streams, which are the same but for the
 * usage. `metadata` with the usage comes after `messageStop`, so a stream that ends between the
 * two was cut: what it cost would be lost with it.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export class ConverseStreamDecoder implements StreamDecoder {
  readonly #format: string;
  readonly #request: ModelRequest;
  readonly #guardrail = new GuardrailWatch();
  readonly #blocks: ConverseStreamBlock[] = [];
  readonly #open = new Map<number, ConverseStreamBlock>();
  readonly #arriving = new ArrivingBlocks();
  #started = false;
  #stopped = false;
  #ended = false;
  #usageTaken = false;
  #stopReason: unknown = null;
  #counts: unknown = null;
  #metrics: unknown = null;

  /** @param format The format's name, for messages. */
  constructor(format: string, request: ModelRequest) {
    this.#format = format;
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
    if (!isJsonObject(value)) throw unknownEvent(this.#format);
    const event = this.#guardrail.strip(value);
    // A chunk that tells of a guardrail and of nothing else.
    if (Object.keys(event).length === 0 && Object.keys(value).length > 0) return;
    const names = eventNames.filter((name) => Object.hasOwn(event, name));
    const metrics = event[metricsKey];
    if (names.length === 0 && metrics === undefined) throw unknownEvent(this.#format);
    for (const name of names) this.#read(name, event[name]);
    this.#metrics = metrics ?? this.#metrics;
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
    return { ...answer, ...meantStop(converseStop(this.#stopReason), context) };
  }

  partial(): PartialAnswer {
    return { blocks: this.#blocks.flatMap((block) => block.decode()), usage: this.#usage() };
  }

  #usage(): Usage {
    return converseUsage(this.#counts, this.#metrics);
  }

  #read(name: EventName, content: unknown): void {
    this.#expectInOrder(name);
    switch (name) {
      case "messageStart":
        this.#parse(schemas.messageStart, content);
        this.#started = true;
        break;
      case "contentBlockStart": {
        const { contentBlockIndex, start } = this.#parse(schemas.contentBlockStart, content);
        // Some models begin a text with an empty start, which says nothing.
        if (Object.keys(start).length === 0) break;
        this.#begin(
          contentBlockIndex,
          ConverseStreamBlock.fromStart(start, this.#arriving, this.#request),
        );
        break;
      }
      case "contentBlockDelta": {
        const { contentBlockIndex, delta } = isDelta(content)
          ? content
          : this.#parse(schemas.contentBlockDelta, content);
        this.#addDelta(contentBlockIndex, readDelta(delta));
        break;
      }
      case "contentBlockStop":
        this.#endWritten(this.#parse(schemas.contentBlockStop, content).contentBlockIndex);
        break;
      case "messageStop":
        this.#stopReason = this.#parse(schemas.messageStop, content).stopReason;
        for (const block of this.#open.values()) block.end(wasCut(converseStop(this.#stopReason)));
        this.#stopped = true;
        break;
      case "metadata": {
        const { usage, trace } = this.#parse(schemas.metadata, content);
        this.#counts = usage;
        this.#guardrail.addTrace(trace);
        this.#ended = true;
        break;
      }
      default:
        name satisfies never;
    }
  }

  /** `messageStart` is the first event; after `messageStop` only `metadata` may come, once. */
  #expectInOrder(name: EventName): void {
    const isInOrder = name === "messageStart"
      ? !this.#started
      : name === "metadata"
      ? this.#stopped && !this.#ended
      : this.#started && !this.#stopped;
    if (!isInOrder) throw misplacedEvent(this.#format, name);
  }

  #addDelta(index: number, delta: ConverseDelta): void {
    const block = this.#open.get(index);
    // Blocks of text and reasoning have no start, so the first delta opens them.
    if (block?.continuesWith(delta)) block.add(delta);
    else {
      this.#begin(index, ConverseStreamBlock.fromDelta(delta, this.#arriving, this.#request));
    }
  }

  #begin(index: number, block: ConverseStreamBlock): void {
    this.#end(index);
    this.#blocks.push(block);
    this.#open.set(index, block);
  }

  /** Whether a call without its input was cut off is told by the stop reason. */
  #endWritten(index: number): void {
    if (!this.#open.get(index)?.isUnwritten) this.#end(index);
  }

  #end(index: number): void {
    this.#open.get(index)?.end();
    this.#open.delete(index);
  }

  #parse<T>(schema: z.ZodType<T>, content: unknown): T {
    return parseBody(schema, content, this.#format);
  }
}

/**
 * The schema's check of the event that nearly all of a stream are, in a fraction of its time; the
 * schema tells what is wrong.
 */
function isDelta(content: unknown): content is z.infer<typeof schemas.contentBlockDelta> {
  return isJsonObject(content) && Number.isSafeInteger(content["contentBlockIndex"]) &&
    isJsonObject(content["delta"]);
}
