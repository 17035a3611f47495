import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isAbort, toApiError } from "../api/api_error.ts";
import { useServices } from "../services.ts";
import { askChat } from "./ask_chat.ts";
import type { ChatRequest } from "./chat_types.ts";
import { readConversation } from "./stored_conversations.ts";
import { applyEvent, beginTurn, emptyTranscript, failTurn, stopTurn } from "./transcript.ts";

/** A conversation of the signed-in user. */
export function useChat() {
  const { functions, supabase } = useServices();
  const transcript = useSignal(emptyTranscript);
  const running = useRef<AbortController | null>(null);
  const asking = useSignal(false);

  const send = async (
    question: string,
    modelId: string | null,
    requestId: string,
  ) => {
    const { conversationId } = transcript.peek();
    const controller = new AbortController();
    running.current = controller;
    asking.value = true;
    transcript.value = beginTurn(transcript.peek(), requestId, question);
    const request: ChatRequest = {
      message: question,
      request_id: requestId,
      ...(conversationId !== null && { conversation_id: conversationId }),
      // A conversation keeps its model, so another one can only be asked for at its beginning.
      ...(conversationId === null && modelId !== null && { model_id: modelId }),
    };
    try {
      for await (
        const event of askChat(functions, request, controller.signal)
      ) {
        transcript.value = applyEvent(transcript.peek(), event);
      }
    } catch (error) {
      if (running.current !== controller) return;
      transcript.value = isAbort(error)
        ? stopTurn(transcript.peek())
        : failTurn(transcript.peek(), toApiError(error));
    } finally {
      if (running.current === controller) {
        running.current = null;
        asking.value = false;
      }
    }
  };
  /** Leaves the conversation; what is running is stopped, and shown no more. */
  const leave = () => {
    const controller = running.current;
    running.current = null;
    controller?.abort();
    asking.value = false;
    transcript.value = emptyTranscript;
  };

  useEffect(() => () => running.current?.abort(), []);
  return {
    transcript: transcript.value,
    asking: asking.value,
    ask: (question: string, modelId: string | null) => send(question, modelId, crypto.randomUUID()),
    /** Asks the last question again, under its id, so that it makes no second turn. */
    retry: (modelId: string | null) => {
      const last = transcript.peek().turns.at(-1);
      if (last !== undefined) send(last.question, modelId, last.requestId);
    },
    stop: () => running.current?.abort(),
    begin: leave,
    goOn: async (conversationId: string) => {
      leave();
      transcript.value = await readConversation(supabase, conversationId);
    },
  };
}
