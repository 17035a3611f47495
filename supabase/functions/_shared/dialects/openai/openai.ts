import type { Dialect } from "../dialect.ts";
import { wholeCompletion } from "./completion.ts";
import { CompletionStream } from "./completion_stream.ts";
import { describeError } from "./errors.ts";
import { type ChatCall, readRequest } from "./read_request.ts";

/** OpenAI's Chat Completions. @see https://developers.openai.com/api/reference/resources/chat */
export const openaiDialect: Dialect<ChatCall> = {
  surface: "openai",
  readCall: readRequest,
  wholeAnswer: wholeCompletion,
  openStream: (asked, head) => new CompletionStream(asked, head),
  describeError,
};
