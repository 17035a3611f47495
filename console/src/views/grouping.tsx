import type { Signal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { Choice } from "../components/choice.tsx";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";

const groupings = { model: "model", assistant: "assistant" } as const;

/** What each line of a chart stands for. */
export type Grouping = keyof typeof groupings;

/**
 * The key of a row's group: a model's id, empty where no model answered, or an assistant's type, empty
 * for calls with none.
 */
export function groupOf(
  row: { readonly model_id: string | null; readonly assistant_type: string | null },
  grouping: Grouping,
): string {
  return (grouping === "model" ? row.model_id : row.assistant_type) ?? "";
}

/** Names a group by its key. */
export function useGroupLabel(grouping: Grouping): (key: string) => string {
  const { registry } = useServices();
  const view = registry.view;
  return useCallback((key: string) => {
    if (grouping === "model") {
      return key === "" ? "No model" : nameOfModel(key, view?.models ?? []);
    }
    if (key === "") return "No assistant";
    return view?.assistants.find((each) => each.assistant_type === key)?.name ??
      key;
  }, [grouping, view]);
}

export function GroupingChoice({ grouping }: { grouping: Signal<Grouping> }) {
  return (
    <Choice
      label="By"
      value={grouping.value}
      options={groupings}
      onChoose={(chosen) => grouping.value = chosen}
    />
  );
}
