import { z } from "zod";
import type { ModelAnswer, PartialAnswer, Usage } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { ArrivingBlocks } from "./arriving_blocks.ts";
import { type ConverseDelta, ConverseStreamBlock, readDelta } from "./converse_stream_block.ts";
import { isJsonObject } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { converseStop } from "./stop_reason.ts";
import type { StreamDecoder } from "./stream_decoder.ts";
import { misplacedEvent, truncatedStream, unknownEvent } from "./stream_fault.ts";
import { completeUsage, converseUsage, invocationMetricsUsage } from "./usage.ts";

/** In chunks of Nova's, beside the last event. */
const metricsKey = "amazon-bedrock-invocationMetrics";

const contentBlockIndex = z.int();
const schemas = {
  messageStart: z.object({ role: z.literal("assistant") }),
  contentBlockStart: z.object({ contentBlockIndex, start: z.record(z.string(), z.unknown()) }),
  contentBlockDelta: z.object({ contentBlockIndex, delta: z.record(z.string(), z.unknown()) }),
  contentBlockStop: z.object({ contentBlockIndex }),
  messageStop: z.object({ stopReason: z.unknown().optional() }),
  metadata: z.object({ usage: z.unknown().optional() }),
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
  constructor(format: string) {
    this.#format = format;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(event: unknown): void {
    if (!isJsonObject(event)) throw unknownEvent(this.#format);
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
    return { ...this.partial(), ...converseStop(this.#stopReason) };
  }

  partial(): PartialAnswer {
    return { blocks: this.#blocks.flatMap((block) => block.decode()), usage: this.#usage() };
  }

  #usage(): Usage {
    return completeUsage(converseUsage(this.#counts), invocationMetricsUsage(this.#metrics));
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
        this.#begin(contentBlockIndex, ConverseStreamBlock.fromStart(start, this.#arriving));
        break;
      }
      case "contentBlockDelta": {
        const { contentBlockIndex, delta } = this.#parse(schemas.contentBlockDelta, content);
        this.#addDelta(contentBlockIndex, readDelta(delta));
        break;
      }
      case "contentBlockStop":
        this.#end(this.#parse(schemas.contentBlockStop, content).contentBlockIndex);
        break;
      case "messageStop":
        this.#stopReason = this.#parse(schemas.messageStop, content).stopReason;
        for (const block of this.#open.values()) block.end();
        this.#stopped = true;
        break;
      case "metadata":
        this.#counts = this.#parse(schemas.metadata, content).usage;
        this.#ended = true;
        break;
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
    else this.#begin(index, ConverseStreamBlock.fromDelta(delta, this.#arriving));
  }

  #begin(index: number, block: ConverseStreamBlock): void {
    this.#end(index);
    this.#blocks.push(block);
    this.#open.set(index, block);
  }

  #end(index: number): void {
    this.#open.get(index)?.end();
    this.#open.delete(index);
  }

  #parse<T>(schema: z.ZodType<T>, content: unknown): T {
    return parseBody(schema, content, this.#format);
  }
}
