import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { expectedModel, type Wanted, whatIsTooMuch } from "../chat/model_limits.ts";
import { plainSettings, type Question } from "../chat/question.ts";
import { useAttachments } from "../chat/use_attachments.ts";
import { Notice } from "../components/notice.tsx";
import type { RegistryView } from "../state/registry.ts";
import { AttachButton } from "./attach_button.tsx";
import { ChatSettings } from "./chat_settings.tsx";
import { FileList } from "./file_list.tsx";

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
  const text = useSignal("");
  const modelId = useSignal<string | null>(null);
  const settings = useSignal(plainSettings);
  const attachments = useAttachments();
  const question = useRef<HTMLTextAreaElement>(null);
  const files = attachments.files.value;
  const canSend = pending === null && (text.value.trim() !== "" || files.length > 0);
  const send = () => {
    if (!canSend) return;
    onAsk({
      text: text.value,
      attachments: files,
      results: [],
      modelId: modelId.value,
      settings: settings.value,
    });
    text.value = "";
    attachments.clear();
  };
  const takeFiles = (event: ClipboardEvent | DragEvent, given: DataTransfer | null) => {
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
      <label>
        Question
        <textarea
          ref={question}
          rows={3}
          maxLength={32_000}
          value={text.value}
          aria-describedby="composer-keys"
          onInput={(event) => text.value = event.currentTarget.value}
          onPaste={(event) => takeFiles(event, event.clipboardData)}
          onKeyDown={(event) => {
            // Not while an input method composes a character with the same key.
            if (
              event.key !== "Enter" || event.shiftKey || event.isComposing
            ) return;
            event.preventDefault();
            send();
          }}
        />
      </label>
      <FileList
        files={files}
        onRemove={({ id }) => {
          attachments.remove(id);
          // The button that had the focus is gone.
          question.current?.focus();
        }}
      />
      <p class="visually-hidden" role="status">
        {files.length === 0 ? "" : `Attached: ${files.map(({ name }) => name).join(", ")}`}
      </p>
      {attachments.problem.value !== null && (
        <div role="alert">
          <Notice tone="danger" title="Not attached">
            <p>{attachments.problem.value}</p>
          </Notice>
        </div>
      )}
      <Limits
        view={view}
        pinnedTo={pinnedTo}
        modelId={modelId.value}
        wanted={{ media: files, tools: settings.value.tools.length > 0 }}
      />
      <ChatSettings settings={settings} />
      <div class="composer-tools">
        {pinned
          ? <span class="muted">This conversation stays with its model.</span>
          : (
            <label class="inline-field">
              Model
              <select
                value={modelId.value ?? ""}
                onChange={(event) => modelId.value = event.currentTarget.value || null}
              >
                <option value="">as the rules choose</option>
                {(view?.models ?? []).filter((model) => model.is_available).map((model) => (
                  <option key={model.model_id} value={model.model_id}>
                    {model.model_name}
                  </option>
                ))}
              </select>
            </label>
          )}
        <AttachButton onChoose={attachments.add} />
        <span id="composer-keys" class="muted composer-keys">
          Enter sends, Shift and Enter make a new line. Files may also be pasted or dropped.
        </span>
        {/* With keys, so that a second click on one of them never meets the other. */}
        {pending === "answer"
          ? <button key="stop" type="button" class="button" onClick={onStop}>Stop</button>
          : (
            <button
              key="send"
              type="submit"
              class="button button-primary"
              disabled={!canSend}
            >
              Send
            </button>
          )}
      </div>
    </form>
  );
}

/** Says before it is sent what the model that is expected to answer does not take. */
function Limits(
  { view, pinnedTo, modelId, wanted }: {
    view: RegistryView | undefined;
    pinnedTo: string | null;
    modelId: string | null;
    wanted: Wanted;
  },
) {
  const model = view && expectedModel(view, pinnedTo, modelId);
  const found = model === undefined ? [] : whatIsTooMuch(model, wanted);
  return (
    <div role="status">
      {found.length > 0 && (
        <Notice tone="warn">
          {found.map((text) => <p key={text}>{text}</p>)}
          <p>Another model answers in its place; without one that may, the question is refused.</p>
        </Notice>
      )}
    </div>
  );
}
