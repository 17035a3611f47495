import { invalid } from "../wire/aws_error.ts";

interface Turn {
  readonly role: "user" | "assistant";
}

/** Converse and Nova: the first message is the user's, and roles alternate. */
export function checkTurns(messages: readonly Turn[]): void {
  if (messages[0]?.role !== "user") {
    throw invalid(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  // Reported until 2025; some models may have become more lenient since.
  if (messages.some((message, index) => message.role === messages[index - 1]?.role)) {
    throw invalid(
      "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
    );
  }
}

/** The same rules in Claude's own words. */
export function checkClaudeTurns(messages: readonly Turn[]): void {
  if (messages[0]?.role !== "user") {
    throw invalid('messages: first message must use the "user" role');
  }
  const repeated = messages.find((message, index) => message.role === messages[index - 1]?.role);
  if (repeated !== undefined) {
    throw invalid(
      `messages: roles must alternate between "user" and "assistant", but found multiple "${repeated.role}" roles in a row`,
    );
  }
}
