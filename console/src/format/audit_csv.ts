import type { ModelSwitch } from "../api/manage_actions.ts";
import { toCsv } from "./csv.ts";
import { describeActor, describeEntry } from "./describe_entry.ts";

/** The log as a table. */
export function auditCsv(
  entries: readonly ModelSwitch[],
  nameOf: (modelId: string | null) => string,
): string {
  return toCsv(
    [
      "id",
      "created_at",
      "actor",
      "actor_proven",
      "database_role",
      "session_role",
      "application_name",
      "source",
      "action",
      "model_id",
      "assistant_type",
      "change",
      "reason",
      "probe",
      "rollback_of",
      "registry_version",
    ],
    entries.map((entry) => {
      const { what, details } = describeEntry(entry, nameOf);
      return [
        entry.id,
        entry.created_at,
        // A file is read by others: it has no "you".
        entry.actor_email ?? entry.actor_user_id ?? describeActor(entry, ""),
        String(entry.actor_proven),
        entry.database_role,
        entry.session_role,
        entry.application_name,
        entry.source,
        entry.action,
        entry.model_id,
        entry.assistant_type,
        [what, ...details].join("; "),
        entry.reason,
        entry.probe,
        entry.rollback_of,
        entry.registry_version,
      ];
    }),
  );
}
