import { expect } from "@std/expect";
import { ApiError } from "../../../console/src/api/api_error.ts";
import type { ChatEvent, ChatRequest } from "../../../console/src/chat/chat_types.ts";
import { Conversation } from "../../../console/src/chat/conversation.ts";
import { plainSettings, type Question } from "../../../console/src/chat/question.ts";
import { emptyTranscript, type Transcript } from "../../../console/src/chat/shown_turn.ts";

const question = (text: string): Question => ({
  text,
  attachments: [],
  results: [],
  modelId: null,
  settings: plainSettings,
});
const delta = (text: string): ChatEvent => ({ type: "text-delta", data: { text } });
const stored = (conversationId: string): Transcript => ({ conversationId, turns: [] });

/** A conversation whose answers and reads come when the test lets them. */
function slowConversation() {
  const requests: ChatRequest[] = [];
  const answers: PromiseWithResolvers<ChatEvent>[] = [];
  const reads: PromiseWithResolvers<Transcript>[] = [];
  const conversation = new Conversation({
    // Heeds no signal: what it was asked for comes, however late.
    ask: async function* (request) {
      requests.push(request);
      const answer = Promise.withResolvers<ChatEvent>();
      answers.push(answer);
      yield await answer.promise;
    },
    read: () => {
      const read = Promise.withResolvers<Transcript>();
      reads.push(read);
      return read.promise;
    },
  });
  return { conversation, requests, answers, reads };
}

Deno.test("a conversation takes no question while another one is loaded", async () => {
  const { conversation, requests, reads } = slowConversation();
  const going = conversation.goOn("old");
  expect(conversation.pending.value).toBe("conversation");
  await conversation.ask(question("Too early?"));
  reads[0]!.resolve(stored("old"));
  await going;
  expect(requests).toEqual([]);
  expect(conversation.transcript.value).toEqual(stored("old"));
  expect(conversation.pending.value).toBeNull();
});

Deno.test("of two conversations that are loaded the one chosen last is shown", async () => {
  const { conversation, reads } = slowConversation();
  const first = conversation.goOn("first");
  const second = conversation.goOn("second");
  reads[1]!.resolve(stored("second"));
  await second;
  reads[0]!.resolve(stored("first"));
  await first;
  expect(conversation.transcript.value).toEqual(stored("second"));
});

Deno.test("a conversation that was left shows nothing that comes later, and fails no more", async () => {
  const { conversation, answers, reads } = slowConversation();
  const asking = conversation.ask(question("Hello?"));
  conversation.leave();
  const again = conversation.ask(question("And now?"));
  answers[0]!.resolve(delta("Late"));
  await asking;
  expect(conversation.pending.value).toBe("answer");
  answers[1]!.resolve(delta("In time"));
  await again;
  expect(conversation.transcript.value.turns.map(({ answer }) => answer)).toEqual(["In time"]);

  const going = conversation.goOn("old");
  conversation.leave();
  reads[0]!.reject(new ApiError("network", "Away."));
  await going;
  expect(conversation.transcript.value).toEqual(emptyTranscript);
});

Deno.test("a question that failed is asked again of the model that was asked for", async () => {
  const { conversation, requests, answers } = slowConversation();
  const asking = conversation.ask({ ...question("Hello?"), modelId: "lite" });
  answers[0]!.reject(new ApiError("model_not_available", "No."));
  await asking;
  const again = conversation.retry();
  answers[1]!.resolve(delta("Hi"));
  await again;
  expect(requests[0]).toMatchObject({ message: "Hello?", model_id: "lite" });
  expect(requests[1]).toEqual(requests[0]);
});

Deno.test("a conversation sends the results of tools with the tools of the question", async () => {
  const { conversation, requests, answers } = slowConversation();
  const tools = [{ name: "opening_hours", input_schema: { type: "object" } }];
  const asking = conversation.ask({
    ...question("When are you open?"),
    settings: { ...plainSettings, tools },
  });
  answers[0]!.resolve({
    type: "tool-use",
    data: { id: "t", name: "opening_hours", input: {} },
  });
  await asking;
  const answering = conversation.answer([{ toolUseId: "t", text: "8 to 5", isError: false }]);
  answers[1]!.resolve(delta("From 8 to 5."));
  await answering;
  expect(requests[0]).toMatchObject({ message: "When are you open?", tools });
  expect(requests[1]).toMatchObject({
    content: [{ type: "tool_result", tool_use_id: "t", content: "8 to 5", is_error: false }],
    tools,
  });
  expect(requests[1]).not.toHaveProperty("message");
});
