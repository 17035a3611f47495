import { useEffect, useState } from "preact/hooks";
import { useServices } from "../services.ts";
import { askChat } from "./ask_chat.ts";
import { Conversation } from "./conversation.ts";
import { readConversation } from "./stored_conversations.ts";

/** A conversation of the signed-in user, as long as the view is there. */
export function useChat(): Conversation {
  const { functions, supabase } = useServices();
  const [conversation] = useState(() =>
    new Conversation({
      ask: (request, signal) => askChat(functions, request, signal),
      read: (conversationId) => readConversation(supabase, conversationId),
    })
  );
  useEffect(() => () => conversation.leave(), []);
  return conversation;
}
