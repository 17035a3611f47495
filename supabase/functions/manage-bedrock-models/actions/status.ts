import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { describeRunsOutside } from "../../_shared/tick/describe_runs_outside.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `status`: how the tick and each of its steps does, and what is to be changed. */
export async function showStatus(
  _request: RequestOf<"status">,
  { ticks, hasAlertWebhook }: ManageDependencies,
): Promise<ResultOf<"status">> {
  const { runs_outside: runs, ...found } = await ticks.status();
  const status = { ...found, warnings: runs.length === 0 ? [] : [describeRunsOutside(runs)] };
  if (!hasAlertWebhook()) return status;
  // The database does not know of a webhook until a tick over HTTP has run.
  const steps = status.steps.map((step) =>
    step.step === "deliver" && step.state === "not_set_up"
      ? { ...step, is_late: true, state: "late" as const }
      : step
  );
  return { ...status, steps };
}
