import type { Message } from "../../core/content.ts";
import { storableText } from "../../core/storable_text.ts";
import type { CallerSettings } from "../../formats/inference_settings.ts";
import { isJsonObject } from "../../formats/model_format.ts";
import { type Effort, efforts } from "../../registry/capabilities.ts";
import type { AskedCall } from "../dialect.ts";
import { Reading, refused } from "../reading.ts";
import { type ChatRequest, chatRequestSchema, streamOptionsSchema } from "./chat_request.ts";
import { readMessages } from "./read_messages.ts";
import { jsonInstruction, readOutput } from "./read_output.ts";
import { readTools } from "./read_tools.ts";
import { refuseUnsupported } from "./refusals.ts";

/** A request for a chat completion, and what its answer is written with. */
export interface ChatCall extends AskedCall {
  /** Whether the stream ends with the tokens. */
  readonly includesUsage: boolean;
}

/** Longest label of a user that is told apart from others. */
const longestLabel = 1_000;

/**
 * Reads a request for a chat completion.
 *
 * @see https://developers.openai.com/api/reference/resources/chat
 * @throws {AppError} `invalid_request`, `body_too_large`
 */
export function readRequest(body: unknown): ChatCall {
  const reading = new Reading();
  const request = reading.read(chatRequestSchema, body, "");
  refuseUnsupported(request);
  const { system, messages } = readMessages(request.messages, reading);
  const { tools, toolChoice } = readTools(request, reading);
  const output = readOutput(request.response_format, reading);
  // Thinking comes back with no call of a tool, as the API has no field for its proof; a model that
  // thinks needs it there.
  const mayThink = tools.length === 0 && !messages.some(callsTools);
  const effort = readEffort(request, mayThink, reading);
  const includesUsage = readStreamOptions(request, reading);
  const [question, ...earlier] = messages.toReversed();
  if (question === undefined) throw refused("messages", "must hold one of the user's");
  const label = readLabel(request, reading);
  return {
    model: request.model,
    question: {
      history: earlier.toReversed(),
      question,
      system: output.kind === "json"
        ? [...system, { type: "text", text: jsonInstruction }]
        : system,
      settings: settingsOf(request, effort),
      tools,
      ...(toolChoice !== undefined && { toolChoice }),
      parallelTools: request.parallel_tool_calls ?? true,
      ...(output.kind === "schema" && { outputSchema: output.schema }),
      showsThinking: mayThink,
    },
    streamed: request.stream ?? false,
    clientLabel: label === "" ? null : storableText(label.slice(0, longestLabel)),
    ignored: reading.ignored,
    includesUsage,
  };
}

function readLabel(request: ChatRequest, reading: Reading): string {
  const given = (["user", "safety_identifier"] as const).map((name) => {
    const label = request[name] ?? "";
    if (typeof label === "string") return label;
    reading.ignore("", name);
    return "";
  });
  return given.find((label) => label !== "") ?? "";
}

function callsTools({ blocks }: Message): boolean {
  return blocks.some(({ type }) => type === "tool-use" || type === "tool-result");
}

function settingsOf(request: ChatRequest, effort: Effort | null): CallerSettings {
  const { temperature, top_p, stop } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? null;
  const stops = typeof stop === "string" ? [stop] : stop ?? [];
  return {
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(typeof temperature === "number" && { temperature: fraction(temperature) }),
    ...(typeof top_p === "number" && { top_p: fraction(top_p) }),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...(effort !== null && { effort }),
  };
}

/** The API's temperatures go up to 2, models' up to 1. */
function fraction(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Null: as the assistant or the model does. */
function readEffort(
  { reasoning_effort, reasoning }: ChatRequest,
  mayThink: boolean,
  reading: Reading,
): Effort | null {
  const inner = isJsonObject(reasoning) ? reasoning : {};
  for (const name of Object.keys(inner)) {
    if (name !== "effort") reading.ignore("reasoning", name);
  }
  const isOuter = (reasoning_effort ?? "") !== "";
  const asked = isOuter ? reasoning_effort : inner["effort"] ?? "";
  // The least that models have.
  const known = asked === "minimal" ? "low" : efforts.find((effort) => effort === asked);
  if (asked !== "" && (known === undefined || (!mayThink && known !== "none"))) {
    reading.ignore(isOuter ? "" : "reasoning", isOuter ? "reasoning_effort" : "effort");
  }
  return mayThink ? known ?? null : "none";
}

function readStreamOptions({ stream_options: options }: ChatRequest, reading: Reading): boolean {
  if (options === undefined || options === null) return false;
  return reading.read(streamOptionsSchema, options, "stream_options").include_usage ?? false;
}
