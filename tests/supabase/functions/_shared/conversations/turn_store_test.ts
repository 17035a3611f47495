import { expect } from "@std/expect";
import { TurnStore } from "../../../../../supabase/functions/_shared/conversations/turn_store.ts";
import type { RpcClient } from "../../../../../supabase/functions/_shared/database/rpc_client.ts";

const question = {
  userId: "u",
  requestId: "r",
  text: "And else?",
  blocks: null,
  conversationId: "c",
  modelId: null,
  useCase: null,
  sessionId: null,
  isAnonymous: false,
  historyTurns: 50,
  historyCharacters: 1000,
  staleAfterMs: 1000,
  demand: {
    input_tokens: 10,
    max_tokens: null,
    thinks: false,
    fallback: true,
    least_tokens: 256,
  },
};

Deno.test("TurnStore reads a message whose blocks it does not know by its text", async () => {
  const message = { role: "assistant", content: "Rest.", model_used: "lite" };
  const thinking = { type: "thinking", text: "Hm.", signature: null };
  const history = [
    { ...message, blocks: [{ type: "from-the-future" }] },
    { ...message, blocks: [null] },
    { ...message, blocks: [thinking] },
    { ...message, blocks: null },
  ];
  const turn = {
    conversation_id: "c",
    question_id: "q",
    attempt: 1,
    answered_turns: 4,
    assistant_type: "health",
    pinned_model_id: "lite",
    use_case: null,
    on_disconnect: "finish",
    guardrail_id: null,
    guardrail_version: null,
    history,
    registry_version: 1,
    registry_hash: "h",
    budget: null,
    rollout: null,
  };
  const database: RpcClient = {
    rpc: () => Promise.resolve({ data: turn, error: null, status: 200 }),
  };
  const begun = await new TurnStore(database, null).begin(question);
  const text = [{ type: "text", text: "Rest." }];
  expect(begun.kind === "begun" && begun.history.map(({ blocks }) => blocks))
    .toEqual([text, text, [thinking], text]);
});
