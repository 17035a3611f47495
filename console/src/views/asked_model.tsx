import type { Signal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";

/** Asks for a model, as long as a conversation has none. */
export function AskedModel(
  { modelId, models, pinned }: {
    modelId: Signal<string | null>;
    models: readonly ListedModel[];
    /** No model can be asked for any more. */
    pinned: boolean;
  },
) {
  if (pinned) return <span class="muted">This conversation stays with its model.</span>;
  return (
    <label class="inline-field">
      Model
      <select
        value={modelId.value ?? ""}
        onChange={(event) => modelId.value = event.currentTarget.value || null}
      >
        <option value="">as the rules choose</option>
        {models.filter((model) => model.is_available).map((model) => (
          <option key={model.model_id} value={model.model_id}>
            {model.model_name}
          </option>
        ))}
      </select>
    </label>
  );
}
