import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `list-alerts`: open ones first, then the newest first. */
export async function listAlerts(
  { open, limit = 100 }: RequestOf<"list-alerts">,
  { alerts }: ManageDependencies,
): Promise<ResultOf<"list-alerts">> {
  const listed = await alerts.list({ open, most: limit });
  return { ...listed, count: listed.alerts.length };
}

/** `acknowledge-alert`: notes who knows of it; it closes when its cause is gone. */
export async function acknowledgeAlert(
  { id }: RequestOf<"acknowledge-alert">,
  { alerts }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"acknowledge-alert">> {
  const acknowledged = await alerts.acknowledge(id, author);
  return {
    message: acknowledged.alert.closed_at === null
      ? "The alert is acknowledged. It closes when its cause is gone."
      : "The alert is acknowledged. It is closed already.",
    ...acknowledged,
  };
}

/** `list-alert-rules`: the rule of each kind. */
export async function listAlertRules(
  _request: RequestOf<"list-alert-rules">,
  { alerts }: ManageDependencies,
): Promise<ResultOf<"list-alert-rules">> {
  const listed = await alerts.rules();
  return { ...listed, count: listed.rules.length };
}

/** `set-alert-rule`: sets what is named of a rule, from the next tick on. */
export async function setAlertRule(
  request: RequestOf<"set-alert-rule">,
  { alerts }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-alert-rule">> {
  const { action: _, reason: __, kind, ...change } = request;
  if (Object.keys(change).length === 0) {
    throw new AppError("invalid_request", "The request names no field of the rule.");
  }
  const { rule, former, registry_version } = await alerts.setRule(kind, change, author);
  return {
    message: rule.is_active
      ? `The rule ${kind} is set. It holds from the next tick on.`
      : `The rule ${kind} is off: its open alerts close with the next tick.`,
    rule,
    former_rule: former,
    registry_version,
  };
}
