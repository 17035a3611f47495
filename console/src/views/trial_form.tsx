import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { TrialContent } from "../api/manage_actions.ts";
import { toTrialContent } from "../chat/question.ts";
import { useAttachments } from "../chat/use_attachments.ts";
import { nameOfModel } from "../format/model_state.ts";
import type { RegistryView } from "../state/registry.ts";
import { routeParameters } from "../state/route.ts";
import { AttachButton } from "./attach_button.tsx";
import { AttachedFiles } from "./attached_files.tsx";

export interface TrialQuestion {
  readonly assistantType: string;
  readonly modelIds: readonly string[];
  readonly content: TrialContent;
}

/** As many models as are asked at once. */
const most = 4;

/** Who asks what, and which models. */
export function TrialForm(
  { view, busy, onAsk, onStop }: {
    view: RegistryView;
    busy: boolean;
    onAsk: (question: TrialQuestion) => void;
    onStop: () => void;
  },
) {
  const first = firstChoice(view);
  const type = useSignal(first.assistantType);
  const chosen = useSignal(first.modelIds);
  const text = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  const attachments = useAttachments();
  const models = view.models.filter(({ lifecycle }) => lifecycle !== "retired");
  const setModel = (place: number, id: string) =>
    chosen.value = chosen.value.map((each, index) => index === place ? id : each);
  const isDouble = new Set(chosen.value).size < chosen.value.length;
  const canAsk = text.value.trim() !== "" && chosen.value.length > 0 && !isDouble;
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        if (!canAsk || busy) return;
        const content = toTrialContent(text.value, attachments.files.value);
        onAsk({ assistantType: type.value, modelIds: chosen.value, content });
      }}
    >
      <label>
        As the assistant
        <select value={type.value} onChange={(event) => type.value = event.currentTarget.value}>
          {view.assistants.map(({ assistant_type, name }) => (
            <option key={assistant_type} value={assistant_type}>{name}</option>
          ))}
        </select>
      </label>
      <fieldset class="fields">
        <legend>Models</legend>
        {chosen.value.map((id, place) => (
          <label key={place}>
            Model {place + 1}
            <select value={id} onChange={(event) => setModel(place, event.currentTarget.value)}>
              {models.map(({ model_id, model_name, is_available }) => (
                <option key={model_id} value={model_id}>
                  {model_name}
                  {is_available ? "" : " (not available)"}
                </option>
              ))}
            </select>
          </label>
        ))}
      </fieldset>
      <div class="panel-tools">
        {chosen.value.length < most && chosen.value.length < models.length && (
          <button
            type="button"
            class="button"
            onClick={() => {
              const next = models.find(({ model_id }) => !chosen.value.includes(model_id));
              if (next !== undefined) chosen.value = [...chosen.value, next.model_id];
            }}
          >
            Add a model
          </button>
        )}
        {chosen.value.length > 1 && (
          <button
            type="button"
            class="button"
            onClick={() => chosen.value = chosen.value.slice(0, -1)}
          >
            Leave out {nameOfModel(chosen.value.at(-1) ?? null, models)}
          </button>
        )}
      </div>
      {isDouble && <p role="alert">Each model is asked once: choose different ones.</p>}
      <label>
        Question
        <textarea
          ref={field}
          rows={3}
          maxLength={32_000}
          value={text.value}
          onInput={(event) => text.value = event.currentTarget.value}
        />
      </label>
      <AttachedFiles attachments={attachments} onRemoved={() => field.current?.focus()} />
      <div class="panel-tools">
        <AttachButton onChoose={attachments.add} />
        {busy
          ? <button key="stop" type="button" class="button" onClick={onStop}>Stop waiting</button>
          : (
            <button key="ask" type="submit" class="button button-primary" disabled={!canAsk}>
              Ask
            </button>
          )}
      </div>
    </form>
  );
}

/** The assistant and model of the address; else the model of the assistant, beside another one. */
function firstChoice(view: RegistryView): { assistantType: string; modelIds: readonly string[] } {
  const { assistant: wantedType, model: wantedModel } = routeParameters.value;
  const assistant = view.assistants.find(({ assistant_type }) => assistant_type === wantedType) ??
    view.assistants[0];
  const usable = view.models.filter(({ lifecycle }) => lifecycle !== "retired");
  const standard = usable.find(({ is_default }) => is_default);
  const ids = [
    assistant?.model_version ?? standard?.model_id,
    wantedModel,
    ...usable.filter(({ is_available }) => is_available).map(({ model_id }) => model_id),
  ].filter((id) => usable.some(({ model_id }) => model_id === id)) as string[];
  return {
    assistantType: assistant?.assistant_type ?? "",
    modelIds: [...new Set(ids)].slice(0, 2),
  };
}
