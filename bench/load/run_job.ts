import { latenciesOf } from "../stats.ts";
import type { FollowUp, LoadJob, LoadResult, RequestSpec } from "./job.ts";
import { KeepAliveConnection } from "./keep_alive_connection.ts";

/** Most errors after which a job is given up. */
const mostErrors = 20;

/** Runs a job: each connection sends its next request when it has the answer to the last. */
export async function runJob(job: LoadJob): Promise<LoadResult> {
  const port = Number(new URL(job.origin).port);
  const { perSecond = Infinity, status: goodStatus = 200 } = job;
  const totals: number[] = [];
  const firstTexts: number[] = [];
  const errors: string[] = [];
  let begun = 0;
  let errorCount = 0;

  const drive = async () => {
    let connection: KeepAliveConnection | null = null;
    while (
      performance.now() - startedAt < job.durationMs && begun < job.mostRequests &&
      errorCount < mostErrors
    ) {
      const makeRequest = requests[begun % requests.length]!;
      const waitMs = startedAt + begun * 1000 / perSecond - performance.now();
      begun++;
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      try {
        connection ??= await KeepAliveConnection.open(port);
        const sentAt = performance.now();
        const watch = watchFor(job.firstText);
        let { status, body } = await connection.exchange(makeRequest(), watch.onPart);
        if (job.followUp && status === 200) {
          const next = followUpRequest(job, job.followUp, body);
          ({ status, body } = await connection.exchange(next));
        }
        const endedAt = performance.now();
        if (status !== goodStatus || !body.includes(job.expect)) {
          throw new Error(`status ${status}: ${body.slice(0, 300)}`);
        }
        totals.push(endedAt - sentAt);
        if (watch.seenAt !== null) firstTexts.push(watch.seenAt - sentAt);
      } catch (error) {
        errorCount++;
        if (errors.length < 3) errors.push(error instanceof Error ? error.message : String(error));
        connection?.close();
        connection = null;
      }
    }
    connection?.close();
  };

  const requests = job.requests.map((request) => requestMaker(job.origin, request));
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: job.concurrency }, drive));
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    count: totals.length,
    seconds,
    total: latenciesOf(totals),
    firstText: job.firstText === undefined ? null : latenciesOf(firstTexts),
    errorCount,
    errors,
  };
}

/** Notes when a text was there, by the clock; without one, nothing is looked for. */
export function watchFor(text: string | undefined) {
  const watch: { seenAt: number | null; onPart?: (part: string) => void } = { seenAt: null };
  if (text === undefined) return watch;
  let body = "";
  watch.onPart = (part) => {
    if (watch.seenAt !== null) return;
    body += part;
    if (body.includes(text)) watch.seenAt = performance.now();
  };
  return watch;
}

export function encodeRequest(origin: string, { path, headers, body }: RequestSpec): Uint8Array {
  const bytes = new TextEncoder().encode(body);
  const lines = Object.entries({ "content-type": "application/json", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const head = new TextEncoder().encode(
    `POST ${path} HTTP/1.1\r\nhost: ${new URL(origin).host}\r\n${lines.join("")}` +
      `content-length: ${bytes.length}\r\n\r\n`,
  );
  const request = new Uint8Array(head.length + bytes.length);
  request.set(head);
  request.set(bytes, head.length);
  return request;
}

/** What needs no new id in each request is made once. */
export function requestMaker(origin: string, request: RequestSpec): () => Uint8Array {
  const { body } = request;
  if (!body.includes("{uuid}")) {
    const made = encodeRequest(origin, request);
    return () => made;
  }
  return () =>
    encodeRequest(origin, { ...request, body: body.replace("{uuid}", crypto.randomUUID()) });
}

function followUpRequest(job: LoadJob, { path, capture, body }: FollowUp, answer: string) {
  const captured = new RegExp(capture).exec(answer)?.[1] ?? "";
  const filled = body.replace("{captured}", captured).replace("{uuid}", crypto.randomUUID());
  return encodeRequest(job.origin, { path, headers: job.requests[0]!.headers, body: filled });
}
