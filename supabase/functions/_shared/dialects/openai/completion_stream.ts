import { AppError } from "../../core/app_error.ts";
import type { ContentBlock } from "../../core/content.ts";
import { RawData, type ServerSentEvent } from "../../core/server_sent_event.ts";
import type { JsonObject } from "../../formats/model_format.ts";
import type { RunEvent, RunOutcome } from "../../runs/run_event.ts";
import type { AnswerStream, CallHead } from "../dialect.ts";
import { argumentsOf, finishReason, headOf, usageOf } from "./completion.ts";
import { describeError } from "./errors.ts";
import type { ChatCall } from "./read_request.ts";

/** The chunks of one answer. */
export class CompletionStream implements AnswerStream {
  readonly #asked: ChatCall;
  readonly #head: CallHead;
  /** The head of every chunk, which is the same throughout; null: nothing has gone out. */
  #chunkHead: JsonObject | null = null;
  #out: ServerSentEvent[] = [];
  /** Calls so far, by which clients count them. */
  #calls = 0;
  /** What has come of the block that is arriving; null: nothing. */
  #arriving: { readonly type: ContentBlock["type"]; json: string } | null = null;
  #hasThought = false;

  constructor(asked: ChatCall, head: CallHead) {
    this.#asked = asked;
    this.#head = head;
  }

  write(events: readonly RunEvent[]): readonly ServerSentEvent[] {
    for (const event of events) this.#write(event);
    return this.#taken();
  }

  ping(): readonly ServerSentEvent[] {
    this.#begin(this.#asked.model);
    return this.#taken();
  }

  #taken(): readonly ServerSentEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #write(event: RunEvent): void {
    switch (event.type) {
      case "start":
        this.#begin(event.start.modelId);
        break;
      case "text-delta":
        this.#arriving = { type: "text", json: "" };
        this.#delta({ content: event.text });
        break;
      case "thinking-delta":
        this.#arriving = { type: "thinking", json: "" };
        this.#think(event.text);
        break;
      case "tool-use-start":
        this.#arriving = { type: "tool-use", json: "" };
        this.#beginCall(event.id, event.name);
        break;
      case "tool-input-delta":
        this.#addArguments(event.json);
        break;
      case "block-end":
        this.#endBlock(event.blocks);
        break;
      case "stop":
        this.#stop(event.outcome);
        break;
      case "thinking":
      case "thinking-start":
      // The record of the run has the tokens.
      case "usage":
        break;
      default:
        event satisfies never;
    }
  }

  #begin(model: string): void {
    if (this.#chunkHead !== null) return;
    this.#chunkHead = headOf(this.#head, "chat.completion.chunk", model);
    this.#delta({ role: "assistant", content: "" });
  }

  #delta(delta: JsonObject, finish_reason: string | null = null): void {
    this.#chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  }

  /** Clients that ask for the tokens find the field in every chunk. */
  #chunk(members: JsonObject): void {
    const usage = this.#asked.includesUsage ? { usage: null } : {};
    this.#send({ ...this.#chunkHead, ...usage, ...members });
  }

  #think(text: string): void {
    this.#hasThought = true;
    if (this.#asked.question.showsThinking && text !== "") this.#delta({ reasoning_content: text });
  }

  #beginCall(id: string, name: string): void {
    const index = this.#calls++;
    this.#delta({
      tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }],
    });
  }

  #addArguments(json: string): void {
    if (json === "") return;
    if (this.#arriving !== null) this.#arriving.json += json;
    this.#delta({ tool_calls: [{ index: this.#calls - 1, function: { arguments: json } }] });
  }

  #endBlock(blocks: readonly ContentBlock[]): void {
    const arrived = this.#arriving;
    this.#arriving = null;
    if (arrived === null) {
      for (const block of blocks) this.#writeWhole(block);
    } else if (arrived.type === "tool-use" && arrived.json.trim() === "") {
      // None is there of a call that was cut off, whose arguments must not look complete.
      const call = blocks.find((block) => block.type === "tool-use");
      if (call !== undefined) this.#addArguments(argumentsOf(call.input));
    }
  }

  /** A block that came without events of its own. */
  #writeWhole(block: ContentBlock): void {
    switch (block.type) {
      case "text":
        if (block.text !== "") this.#delta({ content: block.text });
        break;
      case "thinking":
        // Of an answer that was checked, the words have gone out before.
        if (!this.#hasThought) this.#think(block.text);
        break;
      case "tool-use":
        this.#beginCall(block.id, block.name);
        this.#addArguments(argumentsOf(block.input));
        break;
      // Not in this API's answers.
      case "redacted-thinking":
      case "tool-result":
      case "image":
      case "document":
      case "opaque":
        break;
      default:
        block satisfies never;
    }
  }

  #stop(outcome: RunOutcome): void {
    if (outcome.kind !== "complete") return this.#fail(outcome.error);
    this.#begin(outcome.model.model_id);
    try {
      this.#delta({}, finishReason(outcome.answer));
    } catch (error) {
      return this.#fail(error);
    }
    const usage = this.#asked.includesUsage ? usageOf(outcome.record) : null;
    if (usage !== null) this.#chunk({ choices: [], usage });
    this.#send(new RawData("[DONE]"));
  }

  /** Without an end of the answer, so that no client takes it for whole. */
  #fail(error: unknown): void {
    const { audience } = this.#head;
    const shown = error instanceof AppError ? error : new AppError("internal_error");
    this.#send(describeError(shown, audience).body);
  }

  #send(data: unknown): void {
    this.#out.push({ event: null, data });
  }
}
