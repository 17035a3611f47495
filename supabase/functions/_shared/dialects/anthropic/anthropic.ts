import type { Dialect } from "../dialect.ts";
import { describeError } from "./errors.ts";
import { wholeMessage } from "./message.ts";
import { MessageStream } from "./message_stream.ts";
import { type AnthropicCall, readRequest } from "./read_request.ts";

/** Anthropic's Messages API. @see https://platform.claude.com/docs/en/api/messages */
export const anthropicDialect: Dialect<AnthropicCall> = {
  surface: "anthropic",
  readCall: readRequest,
  wholeAnswer: wholeMessage,
  openStream: (asked, head) => new MessageStream(asked, head),
  describeError,
};
