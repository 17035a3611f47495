import type { ListedModel } from "../api/manage_actions.ts";
import { ActionMenu, type MenuItem } from "../components/action_menu.tsx";
import { troubleOf } from "../format/model_order.ts";
import { modelState } from "../format/model_state.ts";
import type { RegistryView } from "../state/registry.ts";
import { addressOf } from "../state/route.ts";

/** An action on a model. */
export type ModelAction =
  | "switch"
  | "rollout"
  | "replace"
  | "enable"
  | "disable"
  | "retire"
  | "prices"
  | "aliases"
  | "retention";

/** The action that is called for, and the others behind a menu. */
export function ModelActions(
  { model, view, today, onAct }: {
    model: ListedModel;
    view: RegistryView;
    today: string;
    onAct: (action: ModelAction, model: ListedModel) => void;
  },
) {
  const primary = primaryAction(model, view, today);
  const name = model.model_name;
  return (
    <div class="row-actions">
      {primary !== null && (
        <button
          type="button"
          class={primary === "replace" ? "button button-primary" : "button"}
          aria-label={`${labels[primary]} ${name}`}
          onClick={() => onAct(primary, model)}
        >
          {labels[primary]}
        </button>
      )}
      <ActionMenu
        subject={name}
        items={menuItems(model, primary, (action) => onAct(action, model))}
      />
    </div>
  );
}

const labels: Readonly<Record<ModelAction, string>> = {
  switch: "Switch to",
  rollout: "Roll out",
  replace: "Replace",
  enable: "Enable",
  disable: "Disable",
  retire: "Retire",
  prices: "Prices",
  aliases: "Aliases",
  retention: "Retention",
};

function primaryAction(
  model: ListedModel,
  view: RegistryView,
  today: string,
): ModelAction | null {
  // Without a successor a default is replaced by switching to another row.
  const isReplaceable = !model.is_default || model.successor_model_id !== null;
  if (troubleOf(model, view, today) !== null && isReplaceable) return "replace";
  const state = modelState(model);
  switch (state) {
    case "available":
      return "switch";
    case "disabled":
    case "stopped":
      return "enable";
    case "default":
    case "retired":
      return null;
    default:
      return state satisfies never;
  }
}

function menuItems(
  model: ListedModel,
  primary: ModelAction | null,
  act: (action: ModelAction) => void,
): MenuItem[] {
  const state = modelState(model);
  const possible: ModelAction[] = [
    ...(state === "available" ? ["switch", "rollout", "disable"] as const : []),
    ...(state === "disabled" || state === "stopped" ? ["enable"] as const : []),
    ...(state === "retired" ? [] : ["retire"] as const),
    "prices",
    "aliases",
    "retention",
  ];
  return [
    ...possible.filter((action) => action !== primary).map((action) => ({
      label: labels[action],
      ...(action === "prices" || action === "aliases" || action === "retention"
        ? { name: `${labels[action]} of` }
        : {}),
      onSelect: () => act(action),
    })),
    ...(state === "retired"
      ? []
      : [{ label: "Try", href: addressOf("trials", { model: model.model_id }) }]),
    {
      label: "History",
      name: "History of",
      href: addressOf("audit", { model_id: model.model_id }),
    },
  ];
}
