import { expect } from "@std/expect";
import type { TurnEvent } from "../../../../supabase/functions/_shared/conversations/turn.ts";
import { AppError } from "../../../../supabase/functions/_shared/core/app_error.ts";
import type { ServerSentEvent } from "../../../../supabase/functions/_shared/http/event_stream.ts";
import { chatEvents } from "../../../../supabase/functions/chat/chat_events.ts";

const start: TurnEvent = {
  type: "turn-start",
  start: {
    conversationId: "c",
    messageId: "m",
    modelId: "vendor.model-v1:0",
    modelName: "Model",
    reason: "default",
    requestedModelId: null,
    fallbackCode: null,
    registryVersion: 1,
  },
};
const error: TurnEvent = {
  type: "error",
  error: new AppError("bedrock_unavailable"),
  kept: { status: "failed", messageId: null, characters: 0 },
};

/** The names of the events that are sent together, group by group. */
async function groupsOf(events: readonly TurnEvent[]): Promise<string[][]> {
  const groups: (readonly ServerSentEvent[])[] = [];
  const audienceOf = () => Promise.resolve("user" as const);
  const sent = chatEvents(ReadableStream.from(events), "r", audienceOf);
  for await (const group of sent) groups.push(group);
  return groups.map((group) => group.map(({ event }) => event));
}

Deno.test("chatEvents() sends the start of a turn with the first text", async () => {
  const texts: TurnEvent[] = [{ type: "text-delta", text: "a" }, { type: "text-delta", text: "b" }];
  expect(await groupsOf([start, ...texts, error])).toEqual([
    ["turn-start", "text-delta"],
    ["text-delta"],
    ["error"],
  ]);
});

Deno.test("chatEvents() sends the start of a turn without text with its end", async () => {
  expect(await groupsOf([start, error])).toEqual([["turn-start", "error"]]);
  expect(await groupsOf([error])).toEqual([["error"]]);
});
