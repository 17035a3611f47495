import { expect } from "@std/expect";
import type { TurnEvent } from "../../../../supabase/functions/_shared/conversations/turn.ts";
import { AppError } from "../../../../supabase/functions/_shared/core/app_error.ts";
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

Deno.test("chatEvents() sends together what came together, an error with its reader's words", async () => {
  const asked: AppError[] = [];
  const audienceOf = (error: AppError) => {
    asked.push(error);
    return Promise.resolve("user" as const);
  };
  const text: TurnEvent = { type: "text-delta", text: "a" };
  const sent = chatEvents(ReadableStream.from([[start, text], [text], [error]]), {
    requestId: "r",
    showsThinking: false,
    audienceOf,
  });
  const groups = await Array.fromAsync(sent);
  expect(groups.map((group) => group.map(({ event }) => event))).toEqual([
    ["turn-start", "text-delta"],
    ["text-delta"],
    ["error"],
  ]);
  expect(asked).toHaveLength(1);
});
