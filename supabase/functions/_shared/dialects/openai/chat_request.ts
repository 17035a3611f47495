/** A request for a chat completion, as far as it is read. */
import { z } from "zod";
import { anything } from "../reading.ts";

const count = z.int().positive().nullish();

/** Clients' own settings, in the API's ranges or beyond: what a model takes is its row's matter. */
const setting = z.number().nullish();

/** @see https://developers.openai.com/api/reference/resources/chat */
export const chatRequestSchema = z.object({
  model: z.string().min(1).max(2048),
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().nullish(),
  stream_options: anything,
  max_tokens: count,
  max_completion_tokens: count,
  temperature: setting,
  top_p: setting,
  stop: z.union([z.string(), z.array(z.string())], "must be a string or a list of strings")
    .nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: anything,
  parallel_tool_calls: z.boolean().nullish(),
  response_format: anything,
  reasoning_effort: anything,
  /** As gateways call it, with the effort in it. */
  reasoning: anything,
  /** The client's own label of its user, and the newer name of the same. */
  user: anything,
  safety_identifier: anything,
  // Refused where they ask for something.
  n: anything,
  functions: anything,
  function_call: anything,
  logprobs: anything,
  top_logprobs: anything,
  logit_bias: anything,
  audio: anything,
  modalities: anything,
  web_search_options: anything,
  prediction: anything,
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;

export const streamOptionsSchema = z.object({ include_usage: z.boolean().nullish() });
