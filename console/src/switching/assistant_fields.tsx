import type { Signal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { describeEfforts, effortNames } from "../format/efforts.ts";
import { type AssistantValues, problemOf } from "./assistant_form.ts";
import { ModelListEditor } from "./model_list_editor.tsx";

type TextField =
  | "name"
  | "temperature"
  | "top_p"
  | "max_tokens"
  | "max_output_tokens"
  | "guardrail_id"
  | "guardrail_version"
  | "evaluation_max_age_days"
  | "assistant_type";

/** The fields of an assistant. */
export function AssistantFields(
  { values, model, models, isNew }: {
    values: Signal<AssistantValues>;
    /** That answers for it. */
    model: ListedModel | undefined;
    models: readonly ListedModel[];
    isNew: boolean;
  },
) {
  const set = (changes: Partial<AssistantValues>) => values.value = { ...values.value, ...changes };
  const text = (name: TextField, label: string, placeholder = "") => (
    <label>
      {label}
      <input
        type="text"
        placeholder={placeholder}
        value={values.value[name]}
        onInput={(event) => set({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  const problem = problemOf(values.value);
  return (
    <>
      <div class="fields">
        {isNew && text("assistant_type", "Type", "such as triage; it stays")}
        {text("name", "Name")}
      </div>
      <label>
        System prompt
        <textarea
          rows={6}
          maxLength={100_000}
          value={values.value.system_prompt}
          onInput={(event) => set({ system_prompt: event.currentTarget.value })}
        />
      </label>
      <fieldset class="fields">
        <legend>Settings; where empty, those of the model</legend>
        {text("temperature", "Temperature", "0 to 1")}
        {text("top_p", "Top p", "0 to 1")}
        {text("max_tokens", "Most tokens of an answer")}
        <Choice
          label="Effort of thinking"
          value={values.value.effort}
          options={{ "": "as the model does by itself", ...effortNames }}
          onChoose={(effort) => set({ effort })}
        />
        {model !== undefined && <p class="muted field-note">{describeEfforts(model)}</p>}
      </fieldset>
      <fieldset class="fields">
        <legend>Guardrail of Amazon Bedrock; where empty, none</legend>
        {text("guardrail_id", "Id or ARN")}
        {text("guardrail_version", "Version", "a number, or DRAFT")}
      </fieldset>
      <ModelListEditor
        legend="May fall back to"
        label="Fallbacks"
        modes={{ any: "any available model", none: "no other model", listed: "these models" }}
        value={values.value.fallback_models}
        models={models}
        onChange={(fallback_models) => set({ fallback_models })}
      />
      <ModelListEditor
        legend="Its callers may name, besides its own model"
        label="Allowed models"
        modes={{ any: "any model", none: "no other model", listed: "these models" }}
        value={values.value.allowed_models}
        models={models}
        aliases
        onChange={(allowed_models) => set({ allowed_models })}
      />
      <fieldset class="fields">
        <legend>Whatever its callers ask for, thinking included</legend>
        {text("max_output_tokens", "Largest answer, in tokens", "as the model has it")}
      </fieldset>
      <Choice
        label="When its client leaves, an answer is"
        value={values.value.on_disconnect}
        options={{ finish: "finished and stored", stop: "stopped" }}
        onChoose={(on_disconnect) => set({ on_disconnect })}
      />
      <fieldset class="fields">
        <legend>Changes of its model, the default too while it follows that</legend>
        <label class="check">
          <input
            type="checkbox"
            checked={values.value.requires_evaluation}
            onChange={(event) => set({ requires_evaluation: event.currentTarget.checked })}
          />
          Only to a model that passed an evaluation with its prompt
        </label>
        {text(
          "evaluation_max_age_days",
          "Days for which one counts",
          "as long as the prompt stays",
        )}
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          checked={values.value.allow_provider_retention}
          onChange={(event) => set({ allow_provider_retention: event.currentTarget.checked })}
        />
        Models may answer whose provider keeps traffic, or might
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={values.value.is_active}
          onChange={(event) => set({ is_active: event.currentTarget.checked })}
        />
        Active: users of its role can talk to it
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={values.value.is_protected}
          onChange={(event) => set({ is_protected: event.currentTarget.checked })}
        />
        Protected: its model, fallbacks, allowed models, prompt and whether providers may keep
        traffic change with a second person
      </label>
      <p class="muted field-note" role="status">
        {problem ?? "It takes effect with the next turn."}
      </p>
    </>
  );
}
