import { z } from "zod";
import type { ContentBlock, OpaqueBlock } from "../core/content.ts";
import type { ArrivingBlock, ArrivingBlocks, ArrivingKind } from "./arriving_blocks.ts";
import { type ClaudeBlock, decodeClaudeBlock } from "./claude_blocks.ts";
import type { ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { misplacedEvent } from "./stream_fault.ts";
import { answersByTool, callersName, needsInput, readToolUses } from "./tool_answer.ts";
import { parseToolInput } from "./tool_input.ts";

const deltaSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text_delta"), text: z.string() }),
  z.object({ type: z.literal("input_json_delta"), partial_json: z.string() }),
  z.object({ type: z.literal("thinking_delta"), thinking: z.string() }),
  z.object({ type: z.literal("signature_delta"), signature: z.string() }),
  z.object({ type: z.literal("citations_delta"), citation: z.unknown() }),
]);

const knownDeltas: ReadonlySet<string> = new Set(
  deltaSchema.options.map((option) => option.shape.type.value),
);

/**
 * One content block of Claude's while it arrives. It is put together as the body of a plain answer
 * would hold it, and read like that.
 */
export class ClaudeStreamBlock {
  readonly #start: ClaudeBlock;
  readonly #request: ModelRequest;
  readonly #arriving: ArrivingBlock;
  readonly #citations: unknown[] = [];
  readonly #unknownDeltas: OpaqueBlock[] = [];
  #thinking = "";
  #signature = "";
  #inputFragments = "";
  #isCut = false;

  /** @param start What `content_block_start` holds. */
  constructor(start: ClaudeBlock, arriving: ArrivingBlocks, request: ModelRequest) {
    this.#start = start;
    this.#request = request;
    this.#arriving = arriving.open(kindOf(start, request));
    if (start.type === "text") this.#arriving.add(stringMember(start, "text"));
    if (start.type === "thinking") {
      this.#addThinking(stringMember(start, "thinking"));
      this.#signature = stringMember(start, "signature");
    }
  }

  /** Whether the model may be silent while it is open. */
  get isComposing(): boolean {
    return this.#start.type !== "text";
  }

  /**
   * Adds a delta. One of a kind that is not known is kept as it came.
   *
   * @throws {AppError} `bedrock_bad_response` when it does not belong to a block of this kind.
   */
  add(value: ClaudeBlock): void {
    // Nearly all deltas are text, and the schema takes longer than the rest of their way.
    if (value.type === "text_delta" && typeof value["text"] === "string") {
      this.#expect("text", value.type);
      this.#arriving.add(value["text"]);
      return;
    }
    if (!knownDeltas.has(value.type)) {
      this.#unknownDeltas.push({ type: "opaque", kind: value.type, value });
      return;
    }
    const delta = parseBody(deltaSchema, value, "claude");
    switch (delta.type) {
      case "text_delta":
        this.#expect("text", delta.type);
        this.#arriving.add(delta.text);
        break;
      case "input_json_delta":
        // Not only of tool_use: the calls of the provider's own tools stream their input as well.
        this.#inputFragments += delta.partial_json;
        if (this.#start.type === "tool_use") this.#arriving.add(delta.partial_json);
        break;
      case "thinking_delta":
        this.#expect("thinking", delta.type);
        this.#addThinking(delta.thinking);
        break;
      case "signature_delta":
        this.#expect("thinking", delta.type);
        this.#signature += delta.signature;
        break;
      case "citations_delta":
        this.#expect("text", delta.type);
        this.#citations.push(delta.citation);
        break;
      default:
        delta satisfies never;
    }
  }

  /** Whether it is a call that still lacks its input. */
  get isUnwritten(): boolean {
    return this.#start.type === "tool_use" && this.#inputFragments.trim() === "" &&
      !answersByTool(this.#request) && needsInput(this.#start["name"], this.#request);
  }

  /** @param answerCut Whether the answer was cut off, so that a call without its input is none. */
  end(answerCut = false): void {
    this.#isCut = answerCut && this.isUnwritten;
    const isEmptyAnswer = this.#inputFragments.trim() === "" && answersByTool(this.#request);
    if (this.#start.type === "tool_use" && isEmptyAnswer) this.#arriving.add("{}");
    this.#arriving.end(() => this.decode());
  }

  /** The block as far as it has come. */
  decode(): ContentBlock[] {
    return [...this.#arriving.decoded ?? [...this.#decodeKnown(), ...this.#unknownDeltas]];
  }

  #addThinking(text: string): void {
    this.#thinking += text;
    this.#arriving.add(text);
  }

  #decodeKnown(): ContentBlock[] {
    const start = this.#start;
    if (start.type === "text") {
      const cited = Array.isArray(start["citations"]) ? start["citations"] : [];
      const citations = [...cited, ...this.#citations];
      return decodeClaudeBlock({ ...start, text: this.#arriving.given, citations });
    }
    if (start.type === "thinking") {
      return decodeClaudeBlock({ ...start, thinking: this.#thinking, signature: this.#signature });
    }
    return this.#decodeInput();
  }

  #decodeInput(): ContentBlock[] {
    const start = this.#start;
    if (start.type === "tool_use" && answersByTool(this.#request)) {
      // As far as it has come, and not as JSON: the caller looks at that.
      return [{ type: "text", text: this.#arriving.given }];
    }
    // A call that broke off is none, also where it had no argument yet.
    const isBroken = this.#isCut || start.type === "tool_use" && !this.#arriving.ended;
    const parsed = isBroken ? null : parseToolInput(this.#inputFragments);
    if (parsed === null) {
      const value = { ...start, partial_json: this.#inputFragments };
      return [{ type: "opaque", kind: start.type, value }];
    }
    const block = parsed.input === undefined ? start : { ...start, input: parsed.input };
    return readToolUses(decodeClaudeBlock(block), this.#request);
  }

  #expect(kind: string, event: string): void {
    if (this.#start.type !== kind) throw misplacedEvent("claude", event);
  }
}

function kindOf(start: ClaudeBlock, request: ModelRequest): ArrivingKind {
  switch (start.type) {
    case "text":
    case "thinking":
      return { kind: start.type };
    case "redacted_thinking":
      return { kind: "thinking" };
    case "tool_use":
      if (answersByTool(request)) return { kind: "text" };
      return {
        kind: "tool-use",
        id: stringMember(start, "id"),
        name: callersName(stringMember(start, "name"), request),
      };
    default:
      return { kind: "opaque" };
  }
}

function stringMember(block: ClaudeBlock, name: string): string {
  const value = block[name];
  return typeof value === "string" ? value : "";
}
