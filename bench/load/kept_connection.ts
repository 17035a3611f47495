import { median } from "../stats.ts";
import type { LoadJob } from "./job.ts";
import { KeepAliveConnection } from "./keep_alive_connection.ts";
import { requestMaker, watchFor } from "./run_job.ts";

/** Requests of a job without a pace. */
export type KeptRequests = Pick<
  LoadJob,
  "origin" | "requests" | "expect" | "status" | "firstText"
>;

/** Medians in milliseconds, NaN of none. */
export interface KeptLoad {
  readonly total: number;
  /** Until the first text. */
  readonly firstText: number;
}

/**
 * One connection that outlives a measurement, for requests that are few and far between: that of the
 * load generator opens with each job, which over a distance takes as long as a request.
 */
export class KeptConnection {
  readonly #job: KeptRequests;
  readonly #handshakeMs: number;
  readonly #makers: readonly (() => Uint8Array)[];
  #connection: KeepAliveConnection | null = null;
  #sent = 0;

  /** @param handshakeMs what the handshake of a connection takes; it is waited for and not measured */
  constructor(job: KeptRequests, handshakeMs = 0) {
    this.#job = job;
    this.#handshakeMs = handshakeMs;
    this.#makers = job.requests.map((request) => requestMaker(job.origin, request));
  }

  /** Sends at least one request, and others one after the other, until the time is up. */
  async measure(durationMs: number, report: (failure: string) => void): Promise<KeptLoad> {
    const totals: number[] = [];
    const firstTexts: number[] = [];
    this.#connection ??= await this.#open();
    const startedAt = performance.now();
    do {
      try {
        const { total, firstText } = await this.#exchange(this.#connection);
        totals.push(total);
        firstTexts.push(firstText);
      } catch (error) {
        report(error instanceof Error ? error.message : String(error));
        this.close();
        break;
      }
    } while (performance.now() - startedAt < durationMs);
    return { total: median(totals), firstText: median(firstTexts) };
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  async #open(): Promise<KeepAliveConnection> {
    const connection = await KeepAliveConnection.open(Number(new URL(this.#job.origin).port));
    await new Promise((resolve) => setTimeout(resolve, this.#handshakeMs));
    return connection;
  }

  async #exchange(connection: KeepAliveConnection): Promise<KeptLoad> {
    const { expect, status: goodStatus = 200, firstText } = this.#job;
    const request = this.#makers[this.#sent++ % this.#makers.length]!();
    const watch = watchFor(firstText);
    const sentAt = performance.now();
    const { status, body } = await connection.exchange(request, watch.onPart);
    const total = performance.now() - sentAt;
    if (status !== goodStatus || !body.includes(expect)) {
      throw new Error(`status ${status}: ${body.slice(0, 300)}`);
    }
    return { total, firstText: (watch.seenAt ?? NaN) - sentAt };
  }
}
