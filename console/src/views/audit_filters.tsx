import { useSignal } from "@preact/signals";
import { actionWords } from "../format/describe_entry.ts";
import { peopleActions } from "../format/describe_people_entry.ts";
import { useServices } from "../services.ts";
import type { RouteParameters } from "../state/route.ts";
import type { HistoryFilter } from "./use_history.ts";

const names = [
  "search",
  "model_id",
  "assistant_type",
  "of_action",
  "actor",
  "from",
  "to",
] as const;

/** The filter of an address: what it does not know is left out. */
export function filterOf(parameters: RouteParameters): HistoryFilter {
  return Object.fromEntries(
    names.filter((name) => (parameters[name] ?? "") !== "").map((name) => [name, parameters[name]]),
  );
}

/** What narrows the audit log; the address keeps it, so that it can be sent to somebody. */
export function AuditFilters(
  { filter, people, onChange }: {
    filter: HistoryFilter;
    /** The addresses of users, by their ids. */
    people: ReadonlyMap<string, string>;
    onChange: (filter: RouteParameters) => void;
  },
) {
  const { registry } = useServices();
  const { models = [], assistants = [] } = registry.view ?? {};
  const search = useSignal(filter.search ?? "");
  const actor = useSignal(nameOfActor(filter.actor ?? "", people));
  const set = (changes: RouteParameters) => {
    const next = { ...(filter as RouteParameters), ...changes };
    onChange(Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")));
  };
  const submit = () =>
    set({ search: search.value.trim(), actor: idOfActor(actor.value.trim(), people) });
  const choice = (
    label: string,
    name: "model_id" | "assistant_type" | "of_action",
    options: readonly (readonly [string, string])[],
  ) => {
    const value = filter[name] ?? "";
    const isListed = value === "" || options.some(([id]) => id === value);
    return (
      <label>
        {label}
        <select value={value} onChange={(event) => set({ [name]: event.currentTarget.value })}>
          <option value="">all</option>
          {!isListed && <option value={value}>{value}</option>}
          {options.map(([id, text]) => <option key={id} value={id}>{text}</option>)}
        </select>
      </label>
    );
  };
  const day = (label: string, name: "from" | "to", time: string) => (
    <label>
      {label}
      <input
        type="date"
        value={filter[name]?.slice(0, 10) ?? ""}
        onChange={({ currentTarget: { value } }) => set({ [name]: value && `${value}${time}` })}
      />
    </label>
  );
  return (
    <form
      class="filters"
      role="search"
      aria-label="Audit log"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label>
        Search
        <input
          type="search"
          maxLength={200}
          value={search.value}
          onInput={(event) => search.value = event.currentTarget.value}
        />
      </label>
      {choice(
        "Model",
        "model_id",
        models.map(({ model_id, model_name }) => [model_id, model_name]),
      )}
      {choice(
        "Assistant",
        "assistant_type",
        assistants.map(({ assistant_type, name }) => [assistant_type, name]),
      )}
      {choice("Action", "of_action", [
        [peopleActions, "all of people's data"],
        ...Object.entries(actionWords),
      ])}
      <label>
        By
        <input
          type="text"
          maxLength={200}
          placeholder="address, key or role"
          list="audit-people"
          value={actor.value}
          onInput={(event) => actor.value = event.currentTarget.value}
        />
        <datalist id="audit-people">
          {[...people.values()].map((email) => <option key={email} value={email} />)}
        </datalist>
      </label>
      {day("From, in UTC", "from", "T00:00:00Z")}
      {day("Through, in UTC", "to", "T23:59:59.999Z")}
      <button type="submit" class="button">Search</button>
      {Object.keys(filter).length > 0 && (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => {
            search.value = actor.value = "";
            onChange({});
          }}
        >
          Show all
        </button>
      )}
    </form>
  );
}

function nameOfActor(actor: string, people: ReadonlyMap<string, string>): string {
  return people.get(actor) ?? actor;
}

function idOfActor(name: string, people: ReadonlyMap<string, string>): string {
  return [...people].find(([, email]) => email === name)?.[0] ?? name;
}
