import { z } from "zod";
import type {
  ContentBlock,
  DocumentBlock,
  ImageBlock,
  Message,
  TextBlock,
  ToolResultBlock,
} from "../../core/content.ts";
import { quoted } from "../../core/quoted.ts";
import { cacheMark } from "./cache_control.ts";
import { MediaReader } from "./read_media.ts";
import { type Reading, refused } from "../reading.ts";
import { untagThinking } from "./thinking_tag.ts";

const content = z.union([z.string(), z.array(z.unknown())], "must be a string or a list of blocks");

const messageSchema = z.object({ role: z.enum(["user", "assistant", "system"]), content });

const typedSchema = z.looseObject({ type: z.string() }, "must be a block");

const textSchema = z.object({
  type: z.literal("text"),
  text: z.string(),
  cache_control: z.unknown().optional(),
});

const toolUseSchema = z.object({
  type: z.literal("tool_use"),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.unknown().optional(),
  cache_control: z.unknown().optional(),
});

const toolResultSchema = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string().min(1),
  content: content.nullish(),
  is_error: z.boolean().nullish(),
  cache_control: z.unknown().optional(),
});

const thinkingSchema = z.object({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string().nullish(),
});

const redactedSchema = z.object({ type: z.literal("redacted_thinking"), data: z.string() });

const toolReferenceSchema = z.object({
  type: z.literal("tool_reference"),
  tool_name: z.string(),
});

/** The messages of a request; those of the role `system`, which go to the system prompt, apart. */
export interface ReadMessages {
  readonly messages: readonly Message[];
  readonly system: readonly TextBlock[];
}

/** What the version of the API that the client speaks allows. */
export interface MessageRules {
  /** Whether an assistant's message may hold a document. */
  readonly spokenDocuments: boolean;
}

/** @throws {AppError} `invalid_request` naming the block; `body_too_large` */
export function readMessages(
  values: readonly unknown[],
  rules: MessageRules,
  reading: Reading,
): ReadMessages {
  const blocks = new BlockReader(reading);
  const messages: Message[] = [];
  const system: TextBlock[] = [];
  values.forEach((value, index) => {
    const place = `messages.${index}`;
    const { role, content } = reading.read(messageSchema, value, place);
    if (role === "system") {
      system.push(...blocks.readTexts(content, `${place}.content`));
      return;
    }
    const read = blocks.read(content, `${place}.content`);
    if (role === "user") {
      messages.push({ role, blocks: read, modelId: null });
      return;
    }
    if (!rules.spokenDocuments && read.some(({ type }) => type === "document")) {
      throw refused(`${place}.content`, "documents are the user's to send");
    }
    messages.push({ role, ...untagThinking(read) });
  });
  return { messages, system };
}

/** @throws {AppError} `invalid_request` */
export function readSystem(value: unknown, reading: Reading): readonly TextBlock[] {
  if (value === undefined || value === null) return [];
  const parsed = content.safeParse(value);
  if (!parsed.success) throw refused("system", "must be a string or a list of blocks");
  return new BlockReader(reading).readTexts(parsed.data, "system");
}

type Content = z.infer<typeof content>;
type ResultPart = TextBlock | ImageBlock | DocumentBlock;

class BlockReader {
  readonly #reading: Reading;
  readonly #media: MediaReader;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#media = new MediaReader(reading);
  }

  read(content: Content, place: string): readonly ContentBlock[] {
    if (typeof content === "string") return [{ type: "text", text: content }];
    return content.flatMap((value, index) => this.#readBlock(value, `${place}.${index}`));
  }

  readTexts(content: Content, place: string): readonly TextBlock[] {
    if (typeof content === "string") return [{ type: "text", text: content }];
    return content.map((value, index) => this.#readText(value, `${place}.${index}`));
  }

  #readBlock(value: unknown, place: string): readonly ContentBlock[] {
    switch (typeOf(value, place)) {
      case "tool_use":
        return [this.#readToolUse(value, place)];
      case "tool_result":
        return [this.#readToolResult(value, place)];
      case "thinking": {
        const { thinking, signature } = this.#reading.read(thinkingSchema, value, place);
        return [{ type: "thinking", text: thinking, signature: signature ?? null }];
      }
      case "redacted_thinking": {
        const { data } = this.#reading.read(redactedSchema, value, place);
        return [{ type: "redacted-thinking", data }];
      }
      default:
        return this.#readPart(value, place);
    }
  }

  /** What a tool's result may hold as well. */
  #readPart(value: unknown, place: string): readonly ResultPart[] {
    const type = typeOf(value, place);
    switch (type) {
      case "text":
        return [this.#readText(value, place)];
      case "image":
        return [this.#media.readImage(value, place)];
      case "document":
        return this.#media.readDocument(
          value,
          place,
          (values, within) =>
            values.map((part, index) => this.#readTextOrImage(part, `${within}.${index}`)),
        );
      case "tool_reference": {
        // All tools are sent, also those that a client would have searched for.
        const { tool_name } = this.#reading.read(toolReferenceSchema, value, place);
        return [{ type: "text", text: `The tool ${tool_name} is there.` }];
      }
      default:
        throw refused(`${place}.type`, `blocks of the type ${quoted(type)} are not supported`);
    }
  }

  #readTextOrImage(value: unknown, place: string): TextBlock | ImageBlock {
    return typeOf(value, place) === "image"
      ? this.#media.readImage(value, place)
      : this.#readText(value, place);
  }

  #readText(value: unknown, place: string): TextBlock {
    const { text, cache_control } = this.#reading.read(textSchema, value, place);
    return { type: "text", text, ...cacheMark(cache_control, place, this.#reading) };
  }

  #readToolUse(value: unknown, place: string): ContentBlock {
    const { id, name, input, cache_control } = this.#reading.read(toolUseSchema, value, place);
    return { type: "tool-use", id, name, input, ...cacheMark(cache_control, place, this.#reading) };
  }

  #readToolResult(value: unknown, place: string): ToolResultBlock {
    const result = this.#reading.read(toolResultSchema, value, place);
    const { content: given } = result;
    const content = typeof given === "string"
      ? [{ type: "text", text: given } as const]
      : (given ?? []).flatMap((part, index) => this.#readPart(part, `${place}.content.${index}`));
    // A mark stands after a whole result, wherever in it the client has put it.
    const within = content.findLast(({ cache }) => cache !== undefined)?.cache;
    return {
      type: "tool-result",
      toolUseId: result.tool_use_id,
      content,
      isError: result.is_error ?? false,
      ...(within !== undefined && { cache: within }),
      ...cacheMark(result.cache_control, place, this.#reading),
    };
  }
}

function typeOf(value: unknown, place: string): string {
  const parsed = typedSchema.safeParse(value);
  if (!parsed.success) throw refused(place, "must be a block with a type");
  return parsed.data.type;
}
