import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { ApiKey } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import type { RegistryView } from "../state/registry.ts";
import { hasTimeZone, type LimitValues, problemOfLimit } from "./limit_form.ts";

const kinds: Readonly<Record<LimitValues["kind"], string>> = {
  project: "the whole project",
  assistant: "an assistant",
  each_user: "each user",
  user: "one user",
  api_key: "an API key",
};

const units: Readonly<Record<LimitValues["unit"], string>> = {
  usd: "US dollars",
  tokens: "tokens",
  turns: "turns and calls",
  concurrent: "turns at once",
};

const periods: Readonly<Record<LimitValues["period"], string>> = {
  minute: "minute",
  hour: "hour",
  day: "day",
  month: "month",
  total: "in total",
};

/** The fields of a limit. What names it cannot be edited: another name is another limit. */
export function LimitFields(
  { values, view, keys, isNew }: {
    values: Signal<LimitValues>;
    view: RegistryView;
    keys: readonly ApiKey[];
    isNew: boolean;
  },
) {
  const set = (changes: Partial<LimitValues>) => values.value = { ...values.value, ...changes };
  const { unit, period, amount, enforcement } = values.value;
  const isConcurrent = unit === "concurrent";
  return (
    <>
      {isNew && (
        <div class="fields">
          <Choice
            label="For"
            value={values.value.kind}
            options={kinds}
            onChoose={(kind) => set({ kind, id: "" })}
          />
          <ScopeField
            values={values.value}
            view={view}
            keys={keys}
            onChange={(id) => set({ id })}
          />
        </div>
      )}
      <div class="fields">
        <label>
          Amount
          <input
            type="text"
            inputMode="decimal"
            autocomplete="off"
            value={amount}
            onInput={(event) => set({ amount: event.currentTarget.value })}
          />
        </label>
        {isNew && (
          <Choice
            label="Of"
            value={unit}
            options={units}
            onChoose={(chosen) => set({ unit: chosen })}
          />
        )}
        {isNew && !isConcurrent && (
          <Choice
            label="Per"
            value={period}
            options={periods}
            onChoose={(chosen) => set({ period: chosen })}
          />
        )}
        {hasTimeZone(values.value) && (
          <TimeZoneField
            value={values.value.time_zone}
            onChange={(time_zone) => set({ time_zone })}
          />
        )}
        {!isConcurrent && (
          <Choice
            label="Where it is reached"
            value={enforcement}
            options={{ hard: "refuse (hard)", soft: "only alert (soft)" }}
            onChoose={(chosen) => set({ enforcement: chosen })}
          />
        )}
      </div>
      <p class="muted field-note" role="status">
        {problemOfLimit(values.value) ?? "It applies from the next turn or call on."}
      </p>
    </>
  );
}

/** Which assistant, user or key. */
function ScopeField(
  { values: { kind, id }, view, keys, onChange }: {
    values: LimitValues;
    view: RegistryView;
    keys: readonly ApiKey[];
    onChange: (id: string) => void;
  },
) {
  const select = (
    label: string,
    first: string,
    options: readonly (readonly [string, string])[],
  ) => (
    <label>
      {label}
      <select value={id} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{first}</option>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  );
  const assistants = view.assistants.map(({ assistant_type, name }) =>
    [assistant_type, name] as const
  );
  switch (kind) {
    case "project":
      return null;
    case "assistant":
      return select("Assistant", "choose an assistant", assistants);
    case "each_user":
      return select("Of the assistant", "any", assistants);
    case "api_key":
      return select(
        "Key",
        "choose a key",
        keys.map((key) => [key.id, `${key.name}, ${key.prefix}…`] as const),
      );
    case "user":
      return (
        <label>
          User's id
          <input
            type="text"
            autocomplete="off"
            spellcheck={false}
            value={id}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
        </label>
      );
    default:
      return kind satisfies never;
  }
}

/** By whose midnight days and months begin. */
function TimeZoneField({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const list = useId();
  return (
    <label>
      Time zone
      <input
        type="text"
        autocomplete="off"
        spellcheck={false}
        list={list}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={list}>
        {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </label>
  );
}
