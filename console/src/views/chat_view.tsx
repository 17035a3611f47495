import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Loading } from "../components/loading.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { useChat } from "../chat/use_chat.ts";
import { useServices } from "../services.ts";
import { ChatComposer } from "./chat_composer.tsx";
import { ChatTurn } from "./chat_turn.tsx";
import { ConversationChooser } from "./conversation_chooser.tsx";

/** Asks the signed-in user's assistant, and shows which model answers and why. */
export function ChatView() {
  const { registry } = useServices();
  const chat = useChat();
  const failure = useSignal<ApiError | null>(null);
  const models = registry.view?.models ?? [];
  const { conversationId, turns } = chat.transcript.value;
  const pinnedTo = turns.findLast(({ model }) => model !== null)?.model?.model_id ?? null;
  const pending = chat.pending.value;

  const goOn = (id: string) => {
    failure.value = null;
    chat.goOn(id).catch((error) => failure.value = toApiError(error));
  };
  return (
    <>
      <ViewHeading
        title="Chat"
        tools={
          <>
            <ConversationChooser
              current={conversationId}
              turns={turns.length}
              onChoose={goOn}
            />
            <button
              type="button"
              class="button"
              onClick={() => chat.leave()}
              disabled={turns.length === 0 && pending === null}
            >
              New conversation
            </button>
          </>
        }
      >
        Asks the assistant of your own role, as an app does. Each answer says which model gave it.
      </ViewHeading>
      {failure.value !== null && <ErrorNotice error={failure.value} />}
      <div class="chat">
        <div
          class="chat-log"
          role="log"
          aria-label="Conversation"
          aria-busy={pending !== null}
        >
          {pending === "conversation" && <Loading what="the conversation" />}
          {turns.length === 0 && pending === null && (
            <p class="empty">
              A new conversation. The rules choose the model, unless you ask for one below.
            </p>
          )}
          {turns.map((turn, index) => (
            <ChatTurn
              key={turn.requestId}
              turn={turn}
              models={models}
              onRetry={index === turns.length - 1 && pending === null &&
                  turn.state === "failed" && turn.asked !== null
                ? () => chat.retry()
                : undefined}
              onResults={index === turns.length - 1 && pending === null &&
                  turn.state === "complete"
                ? (results) => chat.answer(results)
                : undefined}
            />
          ))}
        </div>
        <ChatComposer
          view={registry.view}
          pinned={conversationId !== null}
          pinnedTo={pinnedTo}
          pending={pending}
          onAsk={(question) => chat.ask(question)}
          onStop={() => chat.stop()}
        />
      </div>
    </>
  );
}
