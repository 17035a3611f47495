import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `status`: how the tick and each of its steps does. */
export async function showStatus(
  _request: RequestOf<"status">,
  { ticks, hasAlertWebhook }: ManageDependencies,
): Promise<ResultOf<"status">> {
  const status = await ticks.status();
  if (!hasAlertWebhook()) return status;
  // The database does not know of a webhook until a tick over HTTP has run.
  const steps = status.steps.map((step) =>
    step.step === "deliver" && step.state === "not_set_up"
      ? { ...step, is_late: true, state: "late" as const }
      : step
  );
  return { ...status, steps };
}
