import { modelErrorPrefix } from "../checks/dialect.ts";
import type { ServedModel } from "../models/served_model.ts";
import { AwsError, invalid } from "../wire/aws_error.ts";

/** Refuses more output tokens than the model has. */
export function checkMaxTokens(maxTokens: number | null, model: ServedModel): void {
  if (maxTokens !== null && maxTokens > model.maxOutput) {
    throw invalid(
      `The maximum tokens you requested exceeds the model limit of ${model.maxOutput}. Try again with a maximum tokens value that is lower than ${model.maxOutput}.`,
    );
  }
}

/** An input that is too long, which Nova reports in the stream and not over HTTP. */
export class InputTooLong extends AwsError {
  readonly inStream: boolean;

  constructor(message: string, inStream: boolean) {
    super("ValidationException", message);
    this.inStream = inStream;
  }
}

/** Refuses more input than the model's context window, in the words of its family. */
export function checkInputLength(tokens: number, model: ServedModel, converse: boolean): void {
  if (tokens <= model.contextWindow) return;
  switch (model.family) {
    case "nova":
      throw new InputTooLong(
        `${modelErrorPrefix}Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.`,
        true,
      );
    case "claude": {
      const long = `prompt is too long: ${tokens} tokens > ${model.contextWindow} maximum`;
      const message = converse
        ? modelErrorPrefix + long
        : model.bodyErrors === "fields"
        ? long
        : "Input is too long for requested model.";
      throw new InputTooLong(message, false);
    }
    case "other":
      throw new InputTooLong("Input is too long for requested model.", false);
    default:
      throw new TypeError(`There is no family ${model.family satisfies never}.`);
  }
}
