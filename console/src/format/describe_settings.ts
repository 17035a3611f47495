import type { Settings } from "../api/manage_actions.ts";
import { formatCount } from "./numbers.ts";

/** The settings of every model and user, as terms and what they are. */
export function describeSettings(settings: Settings): { term: string; text: string }[] {
  return [
    { term: "Calls are processed in", text: settings.allowed_geographies.join(", ") },
    {
      term: "Functions run in",
      text: settings.function_geographies?.join(", ") ?? "any region",
    },
    { term: "Second factor", text: settings.require_mfa ? "required for changes" : "not required" },
    {
      term: "Changes by a secret key alone",
      text: settings.require_person ? "refused" : "allowed",
    },
    {
      term: "Anonymous users",
      text: settings.allow_anonymous_users ? "may chat" : "may not chat",
    },
    {
      term: "Providers that keep traffic",
      text: settings.allow_provider_retention
        ? "may answer calls without an assistant"
        : "answer no calls without an assistant",
    },
    { term: "After a change of role", text: afterRoleChange(settings.on_role_change) },
    { term: "Backups are kept for", text: `${formatCount(settings.backup_days)} days` },
  ];
}

function afterRoleChange(value: Settings["on_role_change"]): string {
  switch (value) {
    case "refuse":
      return "conversations take no more turns";
    case "move":
      return "conversations move to the new assistant";
    default:
      return value satisfies never;
  }
}
