import { useCallback } from "preact/hooks";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";

/** What the lines of a chart stand for. */
export const groupings = { model: "model", assistant: "assistant" } as const;
export type Grouping = keyof typeof groupings;

/** Names a group by its key: a model's id or an assistant's type; empty where no model answered. */
export function useGroupLabel(grouping: Grouping): (key: string) => string {
  const { registry } = useServices();
  const view = registry.view;
  return useCallback((key: string) => {
    if (grouping === "model") {
      return key === "" ? "No model" : nameOfModel(key, view?.models ?? []);
    }
    return view?.assistants.find((each) => each.assistant_type === key)?.name ??
      key;
  }, [grouping, view]);
}
