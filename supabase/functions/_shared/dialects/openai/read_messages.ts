import { z } from "zod";
import type { ContentBlock, Message, TextBlock, ToolUseBlock } from "../../core/content.ts";
import { isUnreasonableJson } from "../../core/json_shape.ts";
import { anything, type Reading, refused } from "../reading.ts";
import { contentSchema, PartReader } from "./read_parts.ts";
import { UnsupportedField } from "./refusals.ts";

const roleSchema = z.looseObject({ role: z.string() });

const toldSchema = z.object({
  role: z.enum(["system", "developer", "user"]),
  content: contentSchema,
});

const assistantSchema = z.object({
  role: z.literal("assistant"),
  content: contentSchema.nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(z.unknown()).nullish(),
  function_call: z.null("must be in tool_calls").optional(),
  audio: z.null("is not supported").optional(),
});

const toolSchema = z.object({
  role: z.literal("tool"),
  tool_call_id: z.string(),
  content: contentSchema.nullish(),
});

const callSchema = z.object({
  /** Empty: some local gateways give none. */
  id: z.string(),
  type: z.literal("function", "only calls of functions are supported").nullish(),
  function: z.looseObject({ name: z.string().min(1), arguments: anything }),
});

/** The messages of a request; those of the roles `system` and `developer` apart. */
export interface ReadMessages {
  readonly system: readonly TextBlock[];
  /** In turn, as far as the user's follow each other: results of tools are the user's. */
  readonly messages: readonly Message[];
}

/** @throws {AppError} `invalid_request` naming the message; `body_too_large` */
export function readMessages(values: readonly unknown[], reading: Reading): ReadMessages {
  const reader = new MessageReader(reading);
  const system: TextBlock[] = [];
  const messages: Message[] = [];
  values.forEach((value, index) => {
    const place = `messages.${index}`;
    const role = roleSchema.safeParse(value).data?.role;
    switch (role) {
      case "system":
      case "developer":
        system.push(...reader.readSystem(value, place));
        break;
      case "user":
        addUsers(messages, reader.readUser(value, place));
        break;
      case "tool":
        addUsers(messages, [reader.readResult(value, place)]);
        break;
      case "assistant":
        messages.push({
          role: "assistant",
          blocks: reader.readAssistant(value, place),
          modelId: null,
        });
        break;
      case "function":
        throw new UnsupportedField(
          "unsupported_value",
          `${place}.role`,
          "functions are not supported; send results as messages of the role tool",
        );
      default:
        throw refused(
          `${place}.role`,
          "must be system, developer, user, assistant or tool",
        );
    }
  });
  return { system, messages };
}

/** All results of an answer's calls belong in one message, with what the user says after them. */
function addUsers(messages: Message[], blocks: readonly ContentBlock[]): void {
  const last = messages.at(-1);
  if (last?.role === "user") {
    messages[messages.length - 1] = { ...last, blocks: [...last.blocks, ...blocks] };
  } else {
    messages.push({ role: "user", blocks, modelId: null });
  }
}

class MessageReader {
  readonly #reading: Reading;
  readonly #parts: PartReader;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#parts = new PartReader(reading);
  }

  readSystem(value: unknown, place: string): readonly TextBlock[] {
    const { content } = this.#reading.read(toldSchema, value, place);
    return this.#parts.readTexts(content, `${place}.content`);
  }

  readUser(value: unknown, place: string): readonly ContentBlock[] {
    const { content } = this.#reading.read(toldSchema, value, place);
    return this.#parts.read(content, `${place}.content`);
  }

  readAssistant(value: unknown, place: string): readonly ContentBlock[] {
    const message = this.#reading.read(assistantSchema, value, place);
    const text = this.#parts.read(message.content ?? "", `${place}.content`);
    const refusal = message.refusal ? [{ type: "text", text: message.refusal } as const] : [];
    const calls = (message.tool_calls ?? []).map((call, index) =>
      this.#readCall(call, `${place}.tool_calls.${index}`)
    );
    return [...text, ...refusal, ...calls];
  }

  readResult(value: unknown, place: string): ContentBlock {
    const message = this.#reading.read(toolSchema, value, place);
    return {
      type: "tool-result",
      toolUseId: message.tool_call_id,
      content: this.#parts.read(message.content ?? "", `${place}.content`),
      isError: false,
    };
  }

  #readCall(value: unknown, place: string): ToolUseBlock {
    const call = this.#reading.read(callSchema, value, place);
    const { name, arguments: input } = call.function;
    return { type: "tool-use", id: call.id, name, input: readArguments(input) };
  }
}

/**
 * The input of a call that a client sends back. Broken JSON stays text, as what a model wrote is no
 * fault of the client's; what is no object is put into one later.
 */
function readArguments(value: unknown): unknown {
  if (typeof value !== "string") return value ?? {};
  if (value.trim() === "") return {};
  if (isUnreasonableJson(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
