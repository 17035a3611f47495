import { nameConversations } from "../chat/name_conversations.ts";
import { listConversations } from "../chat/stored_conversations.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";

/** Goes on with one of the user's own conversations. */
export function ConversationChooser(
  { current, turns, onChoose }: {
    current: string | null;
    /** How many turns are shown: with another one, the list may have changed. */
    turns: number;
    onChoose: (conversationId: string) => void;
  },
) {
  const { supabase, registry } = useServices();
  const { remote, reload } = useRemote(
    `${current} ${turns}`,
    () => listConversations(supabase),
  );
  if (remote.state === "failed") {
    return (
      <button type="button" class="button" onClick={reload}>
        Your conversations did not load; try again
      </button>
    );
  }
  const conversations = remote.state === "ready" ? remote.data : [];
  return (
    <label class="inline-field">
      <span class="visually-hidden">Go on with a conversation</span>
      <select
        value={current ?? ""}
        disabled={conversations.length === 0}
        onChange={(event) =>
          event.currentTarget.value !== "" &&
          onChoose(event.currentTarget.value)}
      >
        <option value="">
          {conversations.length === 0 ? "No conversation yet" : "Go on with …"}
        </option>
        {nameConversations(conversations, registry.view?.models ?? []).map(({ id, name }) => (
          <option key={id} value={id}>{name}</option>
        ))}
      </select>
    </label>
  );
}
