import { z } from "zod";
import { efforts } from "../../registry/capabilities.ts";
import type { CacheMark, Message } from "../../core/content.ts";
import type { AskedThinking } from "../../formats/inference_settings.ts";
import { isJsonObject, type OutputSchema } from "../../formats/model_format.ts";
import { answerSchema } from "../answer_schema.ts";
import type { AskedCall, AskedQuestion } from "../dialect.ts";
import { contextManagement, readBetas } from "./betas.ts";
import { cacheMark } from "./cache_control.ts";
import { readMessages, readSystem } from "./read_messages.ts";
import { readToolChoice, readTools } from "./read_tools.ts";
import { Reading, refused } from "../reading.ts";

/** A request for a message, and what its answer is written with. */
export interface AnthropicCall extends AskedCall {
  readonly stopSequences: readonly string[];
}

const fraction = z.number().min(0).max(1).nullish();

const requestSchema = z.object({
  model: z.string().min(1).max(256),
  max_tokens: z.int().positive(),
  messages: z.array(z.unknown()).min(1),
  system: z.unknown().optional(),
  stream: z.boolean().nullish(),
  temperature: fraction,
  top_p: fraction,
  top_k: z.int().nonnegative().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  thinking: z.unknown().optional(),
  output_config: z.unknown().optional(),
  /** Of earlier versions, in place of `output_config.format`. */
  output_format: z.unknown().optional(),
  metadata: z.unknown().optional(),
  cache_control: z.unknown().optional(),
  context_management: z.record(z.string(), z.unknown()).nullish(),
  betas: z.array(z.string()).nullish(),
  mcp_servers: z.array(z.unknown()).nullish(),
});

/** The same without `max_tokens`, which a count of tokens does not take. */
const countedSchema = requestSchema.extend({ max_tokens: z.int().positive().nullish() });

type Request = z.infer<typeof countedSchema>;

/**
 * Reads a request for a message.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 * @throws {AppError} `invalid_request`, `body_too_large`
 */
export function readRequest(body: unknown, headers: Headers): AnthropicCall {
  return readAs(requestSchema, body, headers);
}

/** Reads a request whose tokens are to be counted. */
export function readCountRequest(body: unknown, headers: Headers): AnthropicCall {
  return readAs(countedSchema, body, headers);
}

/** From this version on the API refuses what earlier ones took. */
const strictVersion = "2026-10-21";

function readAs(
  schema: typeof requestSchema | typeof countedSchema,
  body: unknown,
  headers: Headers,
): AnthropicCall {
  if (!isJsonObject(body)) throw refused("", "The request is not a JSON object.");
  const reading = new Reading();
  const request: Request = reading.read(schema, body, "");
  if (request.mcp_servers?.length) {
    throw refused("mcp_servers", "MCP servers are not called from here; define their tools");
  }
  const version = headers.get("anthropic-version") ?? "";
  const isStrict = /^\d{4}-\d\d-\d\d$/.test(version) && version >= strictVersion;
  return {
    model: request.model,
    question: readQuestion(request, headers, isStrict, reading),
    streamed: request.stream ?? false,
    clientLabel: readLabel(request.metadata),
    stopSequences: request.stop_sequences ?? [],
    ignored: reading.ignored,
  };
}

function readQuestion(
  request: Request,
  headers: Headers,
  isStrict: boolean,
  reading: Reading,
): AskedQuestion {
  const top = readSystem(request.system, reading);
  const read = readMessages(request.messages, { spokenDocuments: !isStrict }, reading);
  const question = read.messages.at(-1);
  if (question === undefined) throw refused("messages", "must hold a message of the user's");
  const { tools, eager } = readTools(request.tools ?? [], reading);
  const { effort, format } = readOutputConfig(request.output_config, reading);
  const outputSchema = readFormat(format ?? request.output_format);
  // An effort alone asks no model to think that does not by itself.
  const thinking = readThinking(request.thinking, reading) ??
    (effort === null ? null : { type: "unasked" } as const);
  return {
    history: read.messages.slice(0, -1),
    question: markEnd(question, cacheMark(request.cache_control, "", reading)),
    system: [...top, ...read.system],
    settings: {
      ...withoutEmpty({
        max_tokens: request.max_tokens,
        temperature: request.temperature,
        top_p: request.top_p,
        top_k: request.top_k,
        stop_sequences: request.stop_sequences,
      }),
      ...(effort !== null && { effort }),
      ...(thinking !== null && { thinking }),
    },
    tools,
    ...readToolChoice(request.tool_choice),
    ...(outputSchema !== null && { outputSchema }),
    betas: readBetas(headers.get("anthropic-beta"), request.betas ?? [], eager),
    ...(request.context_management && {
      betaMembers: { [contextManagement]: { context_management: request.context_management } },
    }),
    showsThinking: true,
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

function withoutEmpty<T extends object>(members: T): Present<T> {
  const entries = Object.entries(members).filter(([, value]) =>
    value !== null && value !== undefined
  );
  return Object.fromEntries(entries) as Present<T>;
}

/** The mark that the API sets by itself: at the end of what can be cached. */
function markEnd(question: Message, { cache }: { readonly cache?: CacheMark }): Message {
  const at = question.blocks.findLastIndex(({ type }) =>
    type !== "thinking" && type !== "redacted-thinking"
  );
  if (cache === undefined || at === -1) return question;
  const blocks = question.blocks.map((block, index) => index === at ? { cache, ...block } : block);
  return { ...question, blocks };
}

function readLabel(metadata: unknown): string | null {
  const label = isJsonObject(metadata) ? metadata["user_id"] : null;
  return typeof label === "string" && label !== "" ? label : null;
}

const outputConfigSchema = z.object({
  effort: z.enum(efforts).exclude(["none"]).nullish(),
  format: z.unknown().optional(),
});

function readOutputConfig(value: unknown, reading: Reading) {
  if (value === undefined || value === null) return { effort: null, format: null };
  const { effort, format } = reading.read(outputConfigSchema, value, "output_config");
  return { effort: effort ?? null, format };
}

function readFormat(format: unknown): OutputSchema | null {
  if (format === undefined || format === null) return null;
  const schema = isJsonObject(format) && format["type"] === "json_schema" ? format["schema"] : null;
  if (!isJsonObject(schema)) {
    throw refused("output_config.format", "must be json_schema, with a schema");
  }
  return {
    name: "answer",
    description: null,
    schema: answerSchema(schema, "output_config.format.schema"),
  };
}

const thinkingSchema = z.object({
  type: z.enum(["enabled", "adaptive", "disabled", "between_tools"]),
  budget_tokens: z.int().positive().nullish(),
  display: z.string().nullish(),
});

function readThinking(value: unknown, reading: Reading): AskedThinking | null {
  if (value === undefined || value === null) return null;
  const { type, budget_tokens, display } = reading.read(thinkingSchema, value, "thinking");
  // Its words are always asked for: they fill what would be a silence.
  if (display === "omitted") reading.ignore("thinking", "display");
  switch (type) {
    case "enabled":
      if (!budget_tokens) throw refused("thinking.budget_tokens", "is required");
      return { type, budgetTokens: budget_tokens };
    case "adaptive":
      return { type };
    // Where a model cannot be kept from it, it thinks between tools by itself.
    case "between_tools":
    case "disabled":
      return { type: "disabled" };
    default:
      return type satisfies never;
  }
}
