import { parseClaude } from "../../../stand-in/formats/claude_request.ts";
import { parseConverse } from "../../../stand-in/formats/converse_request.ts";
import { parseNova } from "../../../stand-in/formats/nova_request.ts";
import type { ServedModel } from "../../../stand-in/models/served_model.ts";
import { servedModels } from "../../../stand-in/models/served_models.ts";
import { AwsError } from "../../../stand-in/wire/aws_error.ts";

export const modelError = "The model returned the following errors: ";
export const malformed = (problem: string) =>
  `Malformed input request: ${problem}, please reformat your input and try again.`;

/** A served model by the end of its name. */
export function served(name: string): ServedModel {
  const found = servedModels.find((model) => model.name.endsWith(name));
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

type Body = Readonly<Record<string, unknown>>;

/** What InvokeModel says of a Claude body; null: it takes it. */
export function claude(body: Body, model = served("Sonnet 4.5")): string | null {
  const whole = { anthropic_version: "bedrock-2023-05-31", max_tokens: 3000, ...body };
  return refusal(() => parseClaude(whole, model));
}

/** What InvokeModel says of a Nova body. */
export function nova(body: Body, model = served("Nova Lite")): string | null {
  return refusal(() => parseNova(body, model));
}

/** What Converse says. */
export function converse(body: Body, model = served("Sonnet 4.5")): string | null {
  return refusal(() => parseConverse(body, model));
}

function refusal(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof AwsError) return error.message;
    throw error;
  }
}

export const user = (...content: unknown[]) => ({ role: "user", content });
export const assistant = (...content: unknown[]) => ({ role: "assistant", content });
