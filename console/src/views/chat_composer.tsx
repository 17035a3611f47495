import { useRef } from "preact/hooks";
import { expectedModel } from "../chat/model_limits.ts";
import type { Question } from "../chat/question.ts";
import { useQuestion } from "../chat/use_question.ts";
import type { RegistryView } from "../state/registry.ts";
import { AskedModel } from "./asked_model.tsx";
import { AttachButton } from "./attach_button.tsx";
import { AttachedFiles } from "./attached_files.tsx";
import { ChatSettings } from "./chat_settings.tsx";
import { ModelLimitsNotice } from "./model_limits_notice.tsx";
import { QuestionField } from "./question_field.tsx";

/** Where a question is written, with its files, sent and stopped. */
export function ChatComposer(
  { view, pinned, pinnedTo, pending, onAsk, onStop }: {
    view: RegistryView | undefined;
    /** No model can be asked for any more. */
    pinned: boolean;
    /** The model that the conversation stays with; null: it has none yet. */
    pinnedTo: string | null;
    /** What is on its way: nothing can be asked before it is there. */
    pending: "answer" | "conversation" | null;
    onAsk: (question: Question) => void;
    onStop: () => void;
  },
) {
  const { text, modelId, settings, attachments, isEmpty, take } = useQuestion();
  const field = useRef<HTMLTextAreaElement>(null);
  const model = view && expectedModel(view, pinnedTo, modelId.value);
  const canSend = pending === null && !isEmpty;
  const send = () => canSend && onAsk(take());
  const takeFiles = (event: Event, given: DataTransfer | null) => {
    if (given === null || given.files.length === 0) return;
    event.preventDefault();
    attachments.add([...given.files]);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      // Without it the browser would open what is dropped.
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => takeFiles(event, event.dataTransfer)}
    >
      <QuestionField
        text={text}
        field={field}
        onSend={send}
        onPaste={(event) => takeFiles(event, event.clipboardData)}
      />
      {/* The button that had the focus is gone. */}
      <AttachedFiles attachments={attachments} onRemoved={() => field.current?.focus()} />
      <ModelLimitsNotice
        model={model}
        wanted={{ media: attachments.files.value, tools: settings.value.tools.length > 0 }}
      />
      <ChatSettings settings={settings} model={model} />
      <div class="composer-tools">
        <AskedModel modelId={modelId} models={view?.models ?? []} pinned={pinned} />
        <AttachButton onChoose={attachments.add} />
        <span id="composer-keys" class="muted composer-keys">
          Enter sends, Shift and Enter make a new line. Files may also be pasted or dropped.
        </span>
        {/* With keys, so that a second click on one of them never meets the other. */}
        {pending === "answer"
          ? <button key="stop" type="button" class="button" onClick={onStop}>Stop</button>
          : <SendButton key="send" disabled={!canSend} />}
      </div>
    </form>
  );
}

function SendButton({ disabled }: { disabled: boolean }) {
  return <button type="submit" class="button button-primary" disabled={disabled}>Send</button>;
}
