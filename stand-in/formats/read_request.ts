import type { Answer } from "../answers/answer.ts";
import type { Question } from "../answers/question.ts";
import { claudeBody, claudeEvents } from "./claude_answer.ts";
import { converseBody, converseEvents } from "./converse_answer.ts";
import { novaBody, novaEvents } from "./nova_answer.ts";
import type { Timing } from "./timing.ts";
import { isConverse, type RuntimeOperation } from "../operations.ts";
import type { ServedModel } from "../models/served_model.ts";
import { parseClaude } from "./claude_request.ts";
import { parseConverse } from "./converse_request.ts";
import { parseNova } from "./nova_request.ts";
import type { ReadOptions } from "./read_options.ts";
import { invalid } from "../wire/aws_error.ts";
import type { StreamEvent } from "../wire/event_stream.ts";

/** A request that was read, with the way to put an answer to it. */
export interface ReadRequest {
  readonly question: Question;
  body(answer: Answer, timing: Timing): Record<string, unknown>;
  events(answer: Answer, timing: Timing): StreamEvent[];
}

/**
 * Reads a body in the format of the operation and the model's family.
 *
 * @throws {AwsError} as AWS refuses a body that does not fit.
 */
export function readRequest(
  operation: RuntimeOperation,
  body: unknown,
  model: ServedModel,
  options: ReadOptions,
): ReadRequest {
  if (isConverse(operation)) {
    const { question, responseFieldPaths } = parseConverse(body, model, options);
    return {
      question,
      body: (answer, timing) => converseBody(answer, responseFieldPaths, timing),
      events: (answer, timing) => converseEvents(answer, responseFieldPaths, timing),
    };
  }
  switch (model.family) {
    case "nova":
      return { question: parseNova(body, model, options), body: novaBody, events: novaEvents };
    case "claude":
      return {
        question: parseClaude(body, model, options),
        body: (answer) => claudeBody(answer, model),
        events: (answer, timing) => claudeEvents(answer, model, timing),
      };
    case "other":
      throw invalid(`The stand-in answers ${model.id} through Converse and ConverseStream only.`);
    default:
      throw new TypeError(`There is no family ${model.family satisfies never}.`);
  }
}
