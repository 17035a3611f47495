import { z } from "zod";
import type { ContentBlock, OpaqueBlock } from "../core/content.ts";
import type { ArrivingBlock, ArrivingBlocks, ArrivingKind } from "./arriving_blocks.ts";
import { decodeConverseBlock } from "./converse_blocks.ts";
import { type BlockKind, type ConverseDelta, kindOfBlock } from "./converse_delta.ts";
import type { JsonObject, ModelRequest } from "./model_format.ts";
import { answersByTool, callersName, needsInput, readToolUses } from "./tool_answer.ts";
import { parseToolInput } from "./tool_input.ts";

const toolUseSchema = z.object({ toolUseId: z.string(), name: z.string() });
type ToolUse = z.infer<typeof toolUseSchema>;

/**
 * One content block of Converse or Nova while it arrives. It is put together as the body of a
 * plain answer would hold it, and read like that.
 */
export class ConverseStreamBlock {
  readonly #kind: BlockKind;
  readonly #request: ModelRequest;
  readonly #arriving: ArrivingBlock;
  readonly #toolUse: ToolUse | null;
  readonly #unknown: OpaqueBlock[] = [];
  readonly #citations: unknown[] = [];
  #inputFragments = "";
  #isCut = false;
  #reasoning: string | null = null;
  #signature: string | null = null;
  #redacted: string | null = null;

  /** Opens a block with its `contentBlockStart`, which blocks of text and reasoning have not. */
  static fromStart(
    start: JsonObject,
    arriving: ArrivingBlocks,
    request: ModelRequest,
  ): ConverseStreamBlock {
    const toolUse = toolUseSchema.safeParse(start["toolUse"]).data ?? null;
    if (toolUse !== null) return new ConverseStreamBlock("tool-use", toolUse, arriving, request);
    const block = new ConverseStreamBlock("opaque", null, arriving, request);
    block.#keep(start);
    return block;
  }

  /** Opens a block with its first delta. */
  static fromDelta(
    delta: ConverseDelta,
    arriving: ArrivingBlocks,
    request: ModelRequest,
  ): ConverseStreamBlock {
    const kind = kindOfBlock(delta);
    // The input of a tool that nothing named is of no use, but kept.
    const known = kind === "tool-use" ? "opaque" : kind;
    const block = new ConverseStreamBlock(known, null, arriving, request);
    block.add(delta);
    return block;
  }

  private constructor(
    kind: BlockKind,
    toolUse: ToolUse | null,
    arriving: ArrivingBlocks,
    request: ModelRequest,
  ) {
    this.#kind = kind;
    this.#toolUse = toolUse;
    this.#request = request;
    this.#arriving = arriving.open(arrivingKind(kind, toolUse, request));
  }

  /** Whether the model may be silent while it is open. */
  get isComposing(): boolean {
    return this.#kind !== "text";
  }

  /** Whether a delta continues this block; if not, it begins another under the same index. */
  continuesWith(delta: ConverseDelta): boolean {
    const kind = kindOfBlock(delta);
    return kind === this.#kind || kind === "opaque";
  }

  add({ value, added }: ConverseDelta): void {
    switch (added?.kind) {
      case "text":
        this.#arriving.add(added.text);
        break;
      case "citation":
        this.#citations.push(added.citation);
        break;
      case "tool-input":
        if (this.#toolUse === null) this.#keep(value);
        else {
          this.#inputFragments += added.input;
          this.#arriving.add(added.input);
        }
        break;
      case "reasoning":
        this.#addReasoning(added.reasoningContent);
        break;
      case undefined:
        this.#keep(value);
        break;
      default:
        added satisfies never;
    }
  }

  /** Whether it is a call that still lacks its input. */
  get isUnwritten(): boolean {
    return this.#toolUse !== null && this.#inputFragments.trim() === "" &&
      !answersByTool(this.#request) && needsInput(this.#toolUse.name, this.#request);
  }

  /** @param answerCut Whether the answer was cut off, so that a call without its input is none. */
  end(answerCut = false): void {
    this.#isCut = answerCut && this.isUnwritten;
    const isEmptyAnswer = this.#inputFragments.trim() === "" && answersByTool(this.#request);
    if (this.#kind === "tool-use" && isEmptyAnswer) this.#arriving.add("{}");
    this.#arriving.end(() => this.decode());
  }

  /** The block as far as it has come. */
  decode(): ContentBlock[] {
    return [...this.#arriving.decoded ?? [...this.#decodeKnown(), ...this.#unknown]];
  }

  #decodeKnown(): ContentBlock[] {
    switch (this.#kind) {
      case "text": {
        const text = this.#arriving.given;
        if (this.#citations.length === 0) return decodeConverseBlock({ text });
        const content = [{ text }];
        return decodeConverseBlock({ citationsContent: { content, citations: this.#citations } });
      }
      case "thinking":
        return [...this.#decodeReasoning(), ...this.#decodeRedacted()];
      case "tool-use":
        return this.#decodeToolUse();
      case "opaque":
        return [];
      default:
        return this.#kind satisfies never;
    }
  }

  #addReasoning(
    reasoning: { text: string } | { signature: string } | { redactedContent: string },
  ): void {
    if ("text" in reasoning) {
      this.#reasoning = (this.#reasoning ?? "") + reasoning.text;
      this.#arriving.add(reasoning.text);
    } else if ("signature" in reasoning) {
      this.#signature = (this.#signature ?? "") + reasoning.signature;
    } else this.#redacted = joinBase64(this.#redacted, reasoning.redactedContent);
  }

  #decodeReasoning(): ContentBlock[] {
    if (this.#reasoning === null && this.#signature === null) return [];
    const reasoningText = { text: this.#reasoning ?? "", signature: this.#signature };
    return decodeConverseBlock({ reasoningContent: { reasoningText } });
  }

  #decodeRedacted(): ContentBlock[] {
    if (this.#redacted === null) return [];
    return decodeConverseBlock({ reasoningContent: { redactedContent: this.#redacted } });
  }

  #decodeToolUse(): ContentBlock[] {
    // As far as it has come, and not as JSON: the caller looks at that.
    if (answersByTool(this.#request)) return [{ type: "text", text: this.#arriving.given }];
    // A call that broke off is none, also where it had no argument yet.
    const isWhole = this.#arriving.ended && !this.#isCut;
    const parsed = isWhole ? parseToolInput(this.#inputFragments) : null;
    if (parsed === null) {
      const toolUse = { ...this.#toolUse, partialInput: this.#inputFragments };
      return [{ type: "opaque", kind: "toolUse", value: { toolUse } }];
    }
    const toolUse = { ...this.#toolUse, input: parsed.input };
    return readToolUses(decodeConverseBlock({ toolUse }), this.#request);
  }

  #keep(value: JsonObject): void {
    this.#unknown.push({ type: "opaque", kind: Object.keys(value)[0] ?? "empty", value });
  }
}

/** What a block shows while it arrives; the call of an answering tool shows its input as text. */
function arrivingKind(
  kind: BlockKind,
  toolUse: ToolUse | null,
  request: ModelRequest,
): ArrivingKind {
  if (kind !== "tool-use") return { kind };
  if (toolUse === null) return { kind: "opaque" };
  if (answersByTool(request)) return { kind: "text" };
  return { kind, id: toolUse.toolUseId, name: callersName(toolUse.name, request) };
}

/** Encrypted reasoning may come in parts, each of which is padded by itself. */
function joinBase64(before: string | null, part: string): string {
  if (before === null) return part;
  try {
    return btoa(atob(before) + atob(part));
  } catch {
    return before + part;
  }
}
