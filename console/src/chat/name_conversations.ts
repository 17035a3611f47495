import { nameOfModel } from "../format/model_state.ts";
import { formatMoment } from "../format/time.ts";
import type { Model } from "../api/manage_actions.ts";
import type { StoredConversation } from "./stored_conversations.ts";

/** So that what tells two conversations apart is still seen beside their title. */
const longestTitle = 36;

/**
 * A name for each conversation in a list: its title, its model and when it last went on; and a number
 * where all of that is the same.
 */
export function nameConversations(
  conversations: readonly StoredConversation[],
  models: readonly Pick<Model, "model_id" | "model_name">[],
): { readonly id: string; readonly name: string }[] {
  const taken = new Map<string, number>();
  return conversations.map(({ id, title, model_id: modelId, updated_at }) => {
    const parts = [
      shorten(title ?? "Conversation"),
      ...(modelId === null ? [] : [nameOfModel(modelId, models)]),
      formatMoment(updated_at),
    ];
    const name = parts.join(", ");
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return { id, name: count === 1 ? name : `${name} (${count})` };
  });
}

function shorten(title: string): string {
  const characters = [...title.replaceAll(/\s+/g, " ").trim()];
  return characters.length <= longestTitle
    ? characters.join("")
    : `${characters.slice(0, longestTitle - 1).join("").trimEnd()}…`;
}
