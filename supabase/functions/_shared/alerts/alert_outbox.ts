import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";

/** Seconds for which a delivery belongs to who claimed it: longer than one attempt takes. */
const leaseSeconds = 60;

const claimSchema = z.object({
  id: z.string(),
  /** Which attempt it is, from 1. */
  attempt: z.int(),
  /** What the webhook is sent. */
  payload: z.record(z.string(), z.unknown()),
}).nullable();

export type ClaimedDelivery = Readonly<NonNullable<z.infer<typeof claimSchema>>>;

/** Why a delivery did not arrive. */
export interface DeliveryFailure {
  /** In words without the webhook's address. */
  readonly problem: string;
  /** The least wait that the webhook asks for. */
  readonly retryAfterSeconds: number | undefined;
}

/** The events of alerts that wait for the webhook. */
export class AlertOutbox {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** The delivery that has been due longest, for the caller alone; null where none is due. */
  async claim(): Promise<ClaimedDelivery | null> {
    const call = this.#database.rpc("claim_alert_delivery", { p_lease_seconds: leaseSeconds });
    return await callDatabase(call, claimSchema);
  }

  /** Drops what waits for a webhook where none is set, so that a later one is not sent it. */
  async discard(): Promise<void> {
    await callDatabase(this.#database.rpc("discard_alert_deliveries"), z.unknown());
  }

  /** @param failure Null: it arrived. */
  async record({ id, attempt }: ClaimedDelivery, failure: DeliveryFailure | null): Promise<void> {
    const call = this.#database.rpc("record_alert_delivery", {
      p_id: id,
      p_attempt: attempt,
      ...(failure !== null && {
        p_error: failure.problem,
        ...(failure.retryAfterSeconds !== undefined &&
          { p_retry_after_seconds: failure.retryAfterSeconds }),
      }),
    });
    await callDatabase(call, z.unknown());
  }
}
