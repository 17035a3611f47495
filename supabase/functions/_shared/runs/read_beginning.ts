import type { ModelEvent } from "../core/model_event.ts";
import { isThinking, isToolCall } from "./reply.ts";

/** What has come of a stream until its answer began. */
export interface Beginning {
  readonly first: readonly ModelEvent[];
  /** Whether some of it was thinking. */
  readonly hasThought: boolean;
  /** False: the stream ended first. */
  readonly hasBegun: boolean;
}

/**
 * What begins an answer: its text or a tool call, or the first words of its thinking as well, or a
 * tool call only, as where the text is to be checked first.
 */
export type BeginsWith = "answer" | "thinking" | "tool-call";

/**
 * Reads a stream until its answer begins.
 *
 * @param tell told of thinking that does not begin the answer, and is no part of `first`; and once,
 * with null, that there is some
 */
export async function readBeginning(
  events: AsyncIterator<readonly ModelEvent[]>,
  beginsWith: BeginsWith,
  tell: (event: ModelEvent | null) => void,
): Promise<Beginning> {
  const first: ModelEvent[] = [];
  let hasThought = false;
  for (let next = await events.next(); !next.done; next = await events.next()) {
    for (const event of next.value) {
      if (isThinking(event) && !hasThought) tell(null);
      hasThought ||= isThinking(event);
      if (isThinking(event) && beginsWith !== "thinking") tell(event);
      else first.push(event);
    }
    if (next.value.some((event) => begins(event, beginsWith))) {
      return { first, hasThought, hasBegun: true };
    }
  }
  return { first, hasThought, hasBegun: false };
}

function begins(event: ModelEvent, beginsWith: BeginsWith): boolean {
  switch (beginsWith) {
    case "thinking":
      return event.type === "thinking-delta" || begins(event, "answer");
    case "answer":
      return event.type === "text-delta" || isToolCall(event);
    case "tool-call":
      return isToolCall(event);
    default:
      return beginsWith satisfies never;
  }
}
