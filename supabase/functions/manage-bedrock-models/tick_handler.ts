import { AppError } from "../_shared/core/app_error.ts";
import { respondJson } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import { eraseObjects } from "../_shared/people/erase_objects.ts";
import type { ChangeAuthor } from "../_shared/registry/change_author.ts";
import { describeCauses } from "../_shared/runtime/log.ts";
import type { TickRun } from "../_shared/tick/tick.ts";
import type { StepOverHttp, StepResult } from "../_shared/tick/tick_store.ts";
import { syncByItself } from "./actions/catalog.ts";
import { eraseForMs } from "./actions/people.ts";
import type { InstanceDependencies } from "./manage_dependencies.ts";
import { requireOperator } from "./require_operator.ts";

type EndedStep = TickRun["steps"][number];

/**
 * Does what is due, for a cron that has a secret key: in the database, and then what needs the
 * network. A step that fails is told in the answer, in the log and by `status`; the answer is a
 * success all the same, since the other steps are done.
 */
export function createTickHandler(dependencies: InstanceDependencies): Handler {
  const { ticks, log } = dependencies;
  return async (request, context) => {
    const caller = await requireOperator(request, context, dependencies);
    if (caller.kind !== "service") {
      throw new AppError("forbidden", "Only secret keys may run the tick.", {
        hint: "Send a secret key of the project.",
      });
    }
    const author: ChangeAuthor = {
      userId: null,
      keyName: caller.keyName,
      source: "api",
      reason: "The tick's daily comparison with AWS.",
    };
    const { ran, steps, sync_due } = await ticks.run();
    const overHttp = [
      ...await ticks.begin("erase-objects")
        ? [await take("erase-objects", () => eraseQueued(dependencies), dependencies)]
        : [],
      ...await ticks.begin("deliver")
        ? [await take("deliver", () => deliver(dependencies), dependencies)]
        : [],
      ...sync_due && await ticks.begin("sync")
        ? [await take("sync", () => syncByItself(dependencies, author), dependencies)]
        : [],
    ];
    const done = [...steps, ...overHttp];
    for (const { step, error } of done) {
      if (error !== null) {
        log("tick-step-failed", {
          request_id: context.requestId,
          ...context.trace,
          step,
          error,
        });
      }
    }
    return respondJson({ success: true, ran, steps: done });
  };
}

/** Removes from Storage what erasures have queued; what fails waits for the next tick. */
async function eraseQueued(
  { erasingQueue: queue, objects, now }: InstanceDependencies,
): Promise<StepResult> {
  const { removed, failed } = await eraseObjects({
    queue,
    objects,
    now,
    until: now() + eraseForMs,
  });
  if (failed > 0) {
    throw new AppError("storage_unavailable", `${failed} paths could not be removed from Storage.`);
  }
  return { removed };
}

/** Sends what is due of alerts, also what the database has only just found. */
async function deliver({ deliverAlerts }: InstanceDependencies): Promise<StepResult> {
  const deliveries = await deliverAlerts();
  if (deliveries === null) return { skipped: "SWITCHBOARD_ALERT_WEBHOOK_URL is not set." };
  const { problem, ...counts } = deliveries;
  if (problem !== null) throw new AppError("internal_error", problem);
  return counts;
}

/** Takes a step and records how it ended. */
async function take(
  step: StepOverHttp,
  work: () => Promise<StepResult>,
  { ticks }: InstanceDependencies,
): Promise<EndedStep> {
  const end = await work().then(
    (result) => ({ result, error: null }),
    (error) => ({
      result: null,
      error: error instanceof AppError ? error.message : describeCauses(error),
    }),
  );
  await ticks.end(step, end);
  return { step, ...end };
}
