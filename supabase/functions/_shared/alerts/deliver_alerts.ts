import { readRetryAfter } from "../core/retry_after.ts";
import { fetchWithin } from "../database/fetch_within.ts";
import type { AlertOutbox, ClaimedDelivery, DeliveryFailure } from "./alert_outbox.ts";
import type { AlertWebhook } from "./alert_webhook.ts";
import { signDelivery } from "./sign_delivery.ts";

/** Milliseconds in which the webhook has to answer. */
export const webhookTimeoutMs = 10_000;

/** Milliseconds after which no further delivery is begun: the rest is for the next tick. */
const patienceMs = 30_000;

export interface DeliveryDependencies {
  readonly outbox: Pick<AlertOutbox, "claim" | "record" | "discard">;
  readonly webhook: AlertWebhook;
  readonly fetch: typeof globalThis.fetch;
  /** The time of day in milliseconds. */
  readonly now: () => number;
  /** Default: {@linkcode webhookTimeoutMs}. */
  readonly timeoutMs?: number;
}

/** What was done of the deliveries that were due. */
export interface Deliveries {
  readonly delivered: number;
  readonly failed: number;
  /** Of the last that failed, or of the webhook's settings; null: none. */
  readonly problem: string | null;
}

/**
 * Sends what is due to the webhook of alerts, at least once each: a delivery whose instance dies
 * before it is recorded is due again when its claim has run out.
 *
 * @returns null where no webhook is set: nothing is sent, then or later
 * @throws {AppError} where the database fails
 */
export async function deliverAlerts(
  dependencies: DeliveryDependencies,
): Promise<Deliveries | null> {
  const { outbox, webhook, now } = dependencies;
  if (webhook.kind === "none") {
    await outbox.discard();
    return null;
  }
  let [delivered, failed] = [0, 0];
  // Told also where nothing is due.
  let problem = webhook.kind === "unusable" ? webhook.problem : null;
  const began = now();
  while (now() - began < patienceMs) {
    const delivery = await outbox.claim();
    if (delivery === null) break;
    const failure = await send(delivery, webhook, dependencies);
    await outbox.record(delivery, failure);
    if (failure === null) {
      delivered++;
      continue;
    }
    failed++;
    problem = failure.problem;
    // A webhook that is down or busy is asked again with the next tick.
    if (failure.isGeneral) break;
  }
  return { delivered, failed, problem };
}

interface Failure extends DeliveryFailure {
  /** Whether other deliveries would fail as well. */
  readonly isGeneral: boolean;
}

/** @returns null where the webhook took it */
async function send(
  { id, payload }: ClaimedDelivery,
  webhook: Exclude<AlertWebhook, { readonly kind: "none" }>,
  { fetch, now, timeoutMs = webhookTimeoutMs }: DeliveryDependencies,
): Promise<Failure | null> {
  if (webhook.kind === "unusable") return generally(webhook.problem);
  const body = JSON.stringify(payload);
  try {
    const response = await fetchWithin(timeoutMs, fetch)(webhook.url, {
      method: "POST",
      // A signed message goes where it was addressed, and nowhere else.
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        "x-switchboard-delivery": id,
        ...(webhook.secret !== null &&
          { "x-switchboard-signature": await signDelivery(body, webhook.secret, now()) }),
      },
      body,
    });
    await response.body?.cancel();
    return response.ok ? null : failureOf(response, now);
  } catch (error) {
    // The error's own words hold the address.
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    return generally(
      isLate
        ? `The webhook did not answer within ${timeoutMs / 1000} seconds.`
        : "The webhook could not be reached.",
    );
  }
}

function generally(problem: string): Failure {
  return { problem, retryAfterSeconds: undefined, isGeneral: true };
}

function failureOf({ status, headers }: Response, now: () => number): Failure {
  const isRedirect = status === 0 || status >= 300 && status < 400;
  return {
    problem: isRedirect
      ? "The webhook answered with a redirect, which is not followed."
      : `The webhook answered ${status}.`,
    retryAfterSeconds: readRetryAfter(headers.get("retry-after"), now),
    isGeneral: status === 429 || status >= 500 || isRedirect,
  };
}
