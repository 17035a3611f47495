import type { ListedModel } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { nameOfModel } from "../format/model_state.ts";

const modes = {
  any: "any available model",
  none: "no other model",
  listed: "these models",
} as const;

/** Which models may answer in place of an assistant's own. */
export function FallbackEditor(
  { value, models, onChange }: {
    /** Null: any available model, empty: none. */
    value: readonly string[] | null;
    models: readonly ListedModel[];
    onChange: (value: readonly string[] | null) => void;
  },
) {
  const mode = value === null ? "any" : value.length === 0 ? "none" : "listed";
  const addable = models.filter(({ model_id, lifecycle }) =>
    lifecycle !== "retired" && value?.includes(model_id) !== true
  );
  return (
    <fieldset class="fields">
      <legend>May fall back to</legend>
      <Choice
        label="Fallbacks"
        value={mode}
        options={modes}
        onChoose={(chosen) => {
          if (chosen === "any") onChange(null);
          else if (chosen === "none") onChange([]);
          else if (addable[0] !== undefined) onChange([addable[0].model_id]);
        }}
      />
      {value !== null && value.length > 0 && (
        <>
          <ul class="chosen-models">
            {value.map((id) => (
              <li key={id}>
                {nameOfModel(id, models)}
                <button
                  type="button"
                  class="button button-quiet"
                  aria-label={`Remove ${nameOfModel(id, models)}`}
                  onClick={() => onChange(value.filter((each) => each !== id))}
                >
                  Remove
                </button>
              </li>
            ))}
          </ul>
          <label class="inline-field">
            Add
            <select
              value=""
              onChange={(event) => onChange([...value, event.currentTarget.value])}
            >
              <option value="">choose a model</option>
              {addable.map(({ model_id, model_name }) => (
                <option key={model_id} value={model_id}>{model_name}</option>
              ))}
            </select>
          </label>
        </>
      )}
    </fieldset>
  );
}
