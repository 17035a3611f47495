/** Fields that are refused, because their client would rely on an effect that they do not have. */
import { AppError } from "../../core/app_error.ts";
import { isJsonObject } from "../../formats/model_format.ts";
import type { ChatRequest } from "./chat_request.ts";

/** The API's codes for what a model does not take. */
export type UnsupportedCode = "unsupported_parameter" | "unsupported_value";

/** A field or a value that no model here takes. */
export class UnsupportedField extends AppError {
  readonly openaiCode: UnsupportedCode;

  /** @param param its place, as `messages.0.content` */
  constructor(openaiCode: UnsupportedCode, param: string, problem: string) {
    super("invalid_request", `${param}: ${problem}`, {
      param,
      logged: "A field of the request is not supported.",
    });
    this.openaiCode = openaiCode;
  }
}

interface Refusal {
  readonly field: keyof ChatRequest;
  readonly code: UnsupportedCode;
  readonly problem: string;
  /** Whether the value asks for what is refused; null and undefined never do. */
  readonly asks: (value: unknown) => boolean;
}

const always = () => true;

const refusals: readonly Refusal[] = [
  {
    field: "n",
    code: "unsupported_value",
    problem: "only one answer is given; send the request again for another",
    asks: (value) => value !== 1,
  },
  {
    field: "functions",
    code: "unsupported_parameter",
    problem: "functions are not supported; send them as tools",
    asks: (value) => !Array.isArray(value) || value.length > 0,
  },
  {
    field: "function_call",
    code: "unsupported_parameter",
    problem: "functions are not supported; send tools and tool_choice",
    asks: always,
  },
  {
    field: "logprobs",
    code: "unsupported_parameter",
    problem: "models on Bedrock give no log probabilities",
    asks: (value) => value !== false,
  },
  {
    field: "top_logprobs",
    code: "unsupported_parameter",
    problem: "models on Bedrock give no log probabilities",
    asks: (value) => value !== 0,
  },
  {
    field: "logit_bias",
    code: "unsupported_parameter",
    problem: "models on Bedrock take no biases",
    asks: (value) => !isJsonObject(value) || Object.keys(value).length > 0,
  },
  {
    field: "audio",
    code: "unsupported_parameter",
    problem: "answers are text",
    asks: always,
  },
  {
    field: "modalities",
    code: "unsupported_value",
    problem: "answers are text",
    asks: (value) => !Array.isArray(value) || value.some((modality) => modality !== "text"),
  },
  {
    field: "web_search_options",
    code: "unsupported_parameter",
    problem: "models here do not search the web; give them a tool that does",
    asks: always,
  },
  {
    field: "prediction",
    code: "unsupported_parameter",
    problem: "models on Bedrock take no predicted output",
    asks: always,
  },
];

/** @throws {UnsupportedField} */
export function refuseUnsupported(request: ChatRequest): void {
  for (const { field, code, problem, asks } of refusals) {
    const value = request[field] ?? null;
    if (value !== null && asks(value)) throw new UnsupportedField(code, field, problem);
  }
}
