/**
 * An answer as the API streams it: `message_start`, the blocks one after the other with indices
 * without gaps, `message_delta`, `message_stop`; or an `error` in place of the rest.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
import { AppError } from "../../core/app_error.ts";
import type { ContentBlock } from "../../core/content.ts";
import type { ServerSentEvent } from "../../core/server_sent_event.ts";
import type { JsonObject } from "../../formats/model_format.ts";
import type { RunEvent, RunOutcome } from "../../runs/run_event.ts";
import type { AnswerStream, CallHead } from "../dialect.ts";
import { describeError } from "./errors.ts";
import {
  emptyMessage,
  tokensOfPrompt,
  toolUseId,
  usageOf,
  writeBlock,
  writeStop,
} from "./message.ts";
import type { AnthropicCall } from "./read_request.ts";
import { tagProof } from "./thinking_tag.ts";

type OpenKind = "text" | "thinking" | "tool_use";

export class MessageStream implements AnswerStream {
  readonly #asked: AnthropicCall;
  readonly #head: CallHead;
  readonly #out: ServerSentEvent[] = [];
  /** The model that answers; null until that is known. */
  #modelId: string | null = null;
  #begun = false;
  #index = -1;
  #open: OpenKind | null = null;

  constructor(asked: AnthropicCall, head: CallHead) {
    this.#asked = asked;
    this.#head = head;
  }

  write(events: readonly RunEvent[]): readonly ServerSentEvent[] {
    for (const event of events) this.#write(event);
    return this.#out.splice(0);
  }

  ping(): readonly ServerSentEvent[] {
    this.#begin(this.#asked.model);
    this.#send({ type: "ping" });
    return this.#out.splice(0);
  }

  #write(event: RunEvent): void {
    switch (event.type) {
      case "start":
        this.#modelId = event.start.modelId;
        this.#begin(event.start.modelId);
        break;
      case "text-delta":
        this.#continue("text", { type: "text", text: "" });
        this.#delta({ type: "text_delta", text: event.text });
        break;
      case "thinking-delta":
        // That of a model of which it is not known yet whether it will answer.
        if (this.#modelId === null) break;
        this.#continue("thinking", { type: "thinking", thinking: "", signature: "" });
        this.#delta({ type: "thinking_delta", thinking: event.text });
        break;
      case "tool-use-start": {
        const id = toolUseId(event.id);
        this.#openBlock("tool_use", { type: "tool_use", id, name: event.name, input: {} });
        break;
      }
      case "tool-input-delta":
        this.#delta({ type: "input_json_delta", partial_json: event.json });
        break;
      case "block-end":
        this.#endBlock(event.blocks);
        break;
      case "stop":
        this.#stop(event.outcome);
        break;
      // A block of thinking begins with its words or its end: it may turn out to be a redacted one.
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
    if (this.#begun) return;
    this.#begun = true;
    // The tokens come with the end. Some clients count those of the prompt from the beginning.
    const message = emptyMessage(model, this.#head);
    const usage = { ...usageOf(null), input_tokens: tokensOfPrompt(this.#asked) };
    this.#send({ type: "message_start", message: { ...message, usage } });
  }

  /** Goes on with the open block if it is of this kind, else with a block of its own. */
  #continue(kind: OpenKind, block: JsonObject): void {
    if (this.#open !== kind) this.#openBlock(kind, block);
  }

  #openBlock(kind: OpenKind, block: JsonObject): void {
    this.#closeBlock();
    this.#index += 1;
    this.#open = kind;
    this.#send({ type: "content_block_start", index: this.#index, content_block: block });
  }

  #delta(delta: JsonObject): void {
    this.#send({ type: "content_block_delta", index: this.#index, delta });
  }

  #closeBlock(): void {
    if (this.#open === null) return;
    this.#open = null;
    this.#send({ type: "content_block_stop", index: this.#index });
  }

  #endBlock(blocks: readonly ContentBlock[]): void {
    if (this.#open === null) {
      for (const block of blocks) this.#writeWhole(block);
      return;
    }
    const thinking = blocks.find(({ type }) => type === "thinking");
    if (this.#open === "thinking" && thinking?.type === "thinking") {
      this.#sign(thinking.signature);
    }
    this.#closeBlock();
  }

  #sign(proof: string | null): void {
    const signature = tagProof(proof, this.#modelId ?? "");
    if (signature !== "") this.#delta({ type: "signature_delta", signature });
  }

  /** A block that came without events of its own. */
  #writeWhole(block: ContentBlock): void {
    // Nothing is there that the API could say, such as of an empty text.
    const [written] = writeBlock(block, this.#modelId ?? "");
    if (written === undefined) return;
    switch (block.type) {
      case "text":
        this.#openBlock("text", { type: "text", text: "" });
        this.#delta({ type: "text_delta", text: block.text });
        break;
      case "thinking":
        this.#openBlock("thinking", { type: "thinking", thinking: "", signature: "" });
        if (block.text !== "") this.#delta({ type: "thinking_delta", thinking: block.text });
        this.#sign(block.signature);
        break;
      case "tool-use":
        this.#openBlock("tool_use", { ...written, input: {} });
        this.#delta({ type: "input_json_delta", partial_json: JSON.stringify(block.input) });
        break;
      default:
        this.#openBlock("text", written);
    }
    this.#closeBlock();
  }

  #stop(outcome: RunOutcome): void {
    if (outcome.kind !== "complete") return this.#fail(outcome.error);
    this.#begin(outcome.model.model_id);
    this.#closeBlock();
    let delta: JsonObject;
    try {
      delta = writeStop(outcome.answer, this.#asked);
    } catch (error) {
      return this.#fail(error);
    }
    const { input_tokens, ...others } = usageOf(outcome.record);
    // Where they are not known, the estimate from the beginning stays.
    const usage = outcome.record.input_tokens === null ? others : { input_tokens, ...others };
    this.#send({ type: "message_delta", delta: { ...delta, container: null }, usage });
    this.#send({ type: "message_stop" });
  }

  #fail(error: unknown): void {
    const { audience, callId } = this.#head;
    const shown = error instanceof AppError ? error : new AppError("internal_error");
    this.#out.push({ event: "error", data: describeError(shown, audience, callId).body });
  }

  #send(data: JsonObject & { readonly type: string }): void {
    this.#out.push({ event: data.type, data });
  }
}
