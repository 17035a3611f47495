import type { ModelSwitch } from "../api/manage_actions.ts";

/** An entry of the audit log, in words. */
export interface EntryDescription {
  readonly what: string;
  /** Null where the entry has none. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Says what an entry did. Actions of later versions are shown by their own name. */
export function describeEntry(
  entry: ModelSwitch,
  nameOf: (modelId: string | null) => string,
): EntryDescription {
  const subject = entry.assistant_type ?? nameOf(entry.model_id);
  const states = { from: text(entry.from), to: text(entry.to) };
  const models = {
    from: model(entry.from, nameOf),
    to: model(entry.to, nameOf),
  };
  switch (entry.action) {
    case "set-default":
      return { what: "Default switched", ...models };
    case "unset-default":
      return { what: "Default taken away", ...models };
    case "assign":
    case "unassign":
      return {
        what: `Assistant ${subject}`,
        from: models.from ?? "the default",
        to: models.to ?? "the default",
      };
    case "enable":
      return { what: `${subject} enabled`, ...states };
    case "disable":
      return { what: `${subject} disabled`, ...states };
    case "retire":
      return { what: `${subject} retired by AWS`, ...states };
    case "create":
      return { what: `${subject} added`, from: null, to: null };
    case "delete":
      return { what: `${subject} removed`, from: null, to: null };
    case "update":
      return { what: `${subject} changed`, ...states };
    case "update-settings":
      return { what: "Settings changed", ...states };
    default:
      return { what: `${subject}: ${entry.action}`, ...states };
  }
}

/** Who made a change, and how. */
export function describeActor(
  entry: Pick<ModelSwitch, "source" | "actor_user_id" | "actor_key_name" | "database_role">,
  ownUserId: string,
): string {
  if (entry.actor_user_id === ownUserId) return "you";
  if (entry.actor_user_id !== null) {
    return `user ${entry.actor_user_id.slice(0, 8)}`;
  }
  if (entry.actor_key_name !== null) return `key ${entry.actor_key_name}`;
  switch (entry.source) {
    case "sql":
      return `role ${entry.database_role}`;
    case "chat":
      return "AWS, by an answer";
    case "api":
    case "cli":
      return "a secret key";
    default:
      return entry.source satisfies never;
  }
}

function model(
  value: unknown,
  nameOf: (modelId: string | null) => string,
): string | null {
  return typeof value === "string" ? nameOf(value) : null;
}

/** A state as it is, changed columns each on a line. */
function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return String(value);
  // With spaces in its name a column can be broken over lines.
  return Object.entries(value)
    .map(([column, now]) =>
      `${column.replaceAll("_", " ")} ${typeof now === "object" ? JSON.stringify(now) : now}`
    )
    .join("\n");
}
