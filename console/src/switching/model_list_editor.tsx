import type { ListedModel } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { describeName } from "../format/describe_key.ts";

type Mode = "any" | "none" | "listed";

/** A list of models by their ids or aliases: all, none or those that are named. */
export function ModelListEditor(
  { legend, label, modes, value, models, aliases = false, onChange }: {
    legend: string;
    label: string;
    /** What can be chosen, in words; `any` is null, `none` an empty list. */
    modes: Readonly<Partial<Record<Mode, string>> & { listed: string }>;
    value: readonly string[] | null;
    models: readonly ListedModel[];
    /** Whether aliases can be named as well, which follow their model. Default: false. */
    aliases?: boolean;
    onChange: (value: readonly string[] | null) => void;
  },
) {
  const mode: Mode = value === null ? "any" : value.length === 0 ? "none" : "listed";
  const addable = namesOf(models, aliases).filter((name) => value?.includes(name) !== true);
  return (
    <fieldset class="fields">
      <legend>{legend}</legend>
      <Choice
        label={label}
        value={mode}
        options={modes as Record<Mode, string>}
        onChoose={(chosen) => {
          if (chosen === "any") onChange(null);
          else if (chosen === "none") onChange([]);
          else if (addable[0] !== undefined) onChange([addable[0]]);
        }}
      />
      {value !== null && value.length > 0 && (
        <>
          <ul class="chosen-models">
            {value.map((name) => (
              <li key={name}>
                {describeName(name, models)}
                <button
                  type="button"
                  class="button button-quiet"
                  aria-label={`Remove ${describeName(name, models)}`}
                  // The last one gives way to what else there is to choose.
                  disabled={value.length === 1 && modes.none === undefined}
                  onClick={() => onChange(value.filter((each) => each !== name))}
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
              {addable.map((name) => (
                <option key={name} value={name}>{describeName(name, models)}</option>
              ))}
            </select>
          </label>
        </>
      )}
    </fieldset>
  );
}

/** What can be named: ids first, without those that AWS has ended. */
function namesOf(models: readonly ListedModel[], aliases: boolean): string[] {
  const present = models.filter(({ lifecycle }) => lifecycle !== "retired");
  return [
    ...present.map(({ model_id }) => model_id),
    ...(aliases ? present.flatMap((model) => model.aliases) : []),
  ];
}
