import { latenciesOf } from "../stats.ts";
import type { StreamJob, StreamResult } from "./job.ts";
import { KeepAliveConnection } from "./keep_alive_connection.ts";
import { encodeRequest } from "./run_job.ts";

/** The time at which a chunk was sent, in microseconds since 1970. */
const stamp = /@(\d{16})@/g;

/** Opens all streams at once, reads each to its end, and notes how late each chunk is. */
export async function runStreams(job: StreamJob): Promise<StreamResult> {
  const port = Number(new URL(job.origin).port);
  const requests = job.requests.map((request) => encodeRequest(job.origin, request));
  const startedAt = performance.now();
  const delays: number[][] = [];
  const errors: string[] = [];
  let complete = 0;
  const note = (part: string) => {
    const now = performance.now();
    const second = Math.floor((now - startedAt) / 1000);
    for (const [, micros] of part.matchAll(stamp)) {
      (delays[second] ??= []).push(performance.timeOrigin + now - Number(micros) / 1000);
    }
  };
  const read = async (request: Uint8Array) => {
    let connection: KeepAliveConnection | undefined;
    try {
      connection = await KeepAliveConnection.open(port);
      const { status, body } = await connection.exchange(request, note);
      if (status !== 200 || !body.includes(job.expect)) {
        throw new Error(`status ${status}: ${body.slice(0, 300)}`);
      }
      complete++;
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
    } finally {
      connection?.close();
    }
  };
  await Promise.all(
    Array.from({ length: job.concurrency }, (_, n) => read(requests[n % requests.length]!)),
  );
  return {
    count: complete,
    chunks: delays.reduce((sum, each) => sum + (each?.length ?? 0), 0),
    // The first second has the beginnings in it, and the last one few chunks.
    delays: delays.slice(1, -1).map((each) => latenciesOf(each ?? [])),
    errorCount: errors.length,
    errors: errors.slice(0, 3),
  };
}
