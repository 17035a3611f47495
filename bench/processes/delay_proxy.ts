import { setImmediate } from "node:timers";

/** A proxy of TCP that plays a distance. */
export interface DelayProxy {
  readonly port: number;
  /** Connections that it has accepted so far. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** What timers are late by, in milliseconds; the rest is waited for turn by turn of the event loop. */
const timerErrorMs = 2;

/**
 * Passes connections on to a port of 127.0.0.1 as if it were so far away: every chunk takes half a
 * round trip in its direction, and no byte of a new connection leaves before one round trip, which
 * its handshake takes. Chunks stay in order, and ends are passed on like chunks. There is no limit of
 * bandwidth and no slow start; a TLS handshake would take a round trip more.
 *
 * @param options.port to listen on; by default a free one
 */
export function serveDelayed(options: {
  readonly port?: number;
  readonly targetPort: number;
  readonly roundTripMs: number;
}): DelayProxy {
  const { port = 0, targetPort, roundTripMs } = options;
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const open = new Set<Deno.TcpConn>();
  const close = (socket: Deno.TcpConn) => {
    if (open.delete(socket)) socket.close();
  };
  const take = (socket: Deno.TcpConn) => {
    socket.setNoDelay(true);
    open.add(socket);
  };

  /** Resolves at the end of this direction, when everything has been passed on. */
  const passOn = async (from: Deno.TcpConn, to: Promise<Deno.TcpConn>, notBefore: number) => {
    let passed: Promise<unknown> = to;
    for (let ended = false; !ended;) {
      const chunk = new Uint8Array(64 * 1024);
      const length = await from.read(chunk);
      const due = Math.max(performance.now(), notBefore) + roundTripMs / 2;
      ended = length === null;
      // Reading goes on meanwhile: a chunk waits for its own time only.
      passed = passed.then(async () => {
        await waitUntil(due);
        if (length === null) await (await to).closeWrite();
        else await writeAll(await to, chunk.subarray(0, length));
      });
      // What fails is told at the end.
      passed.catch(() => {});
    }
    await passed;
  };

  const connect = async (acceptedAt: number) => {
    await waitUntil(acceptedAt + roundTripMs / 2);
    const server = await Deno.connect({ hostname: "127.0.0.1", port: targetPort });
    take(server);
    return server;
  };

  const serve = async (client: Deno.TcpConn) => {
    take(client);
    const acceptedAt = performance.now();
    const connecting = connect(acceptedAt);
    const there = passOn(client, connecting, acceptedAt + roundTripMs);
    const back = connecting.then((server) => passOn(server, Promise.resolve(client), 0));
    // A direction that fails, such as by a reset, takes the other with it.
    await Promise.all([there, back]).catch(() => waitUntil(performance.now() + roundTripMs / 2));
    close(client);
    await connecting.then(close, () => {});
    await Promise.allSettled([there, back]);
  };

  const serving = new Set<Promise<void>>();
  let connections = 0;
  const accepting = (async () => {
    for await (const client of listener) {
      connections++;
      const served = serve(client).finally(() => serving.delete(served));
      serving.add(served);
    }
  })();
  return {
    port: listener.addr.port,
    get connections() {
      return connections;
    },
    async stop() {
      listener.close();
      await accepting;
      for (const socket of open) close(socket);
      await Promise.all(serving);
    },
  };
}

async function writeAll(socket: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await socket.write(bytes.subarray(written));
  }
}

/** To a fraction of a millisecond, and never too early: a turn passes a proxy four times. */
async function waitUntil(due: number): Promise<void> {
  const rest = due - performance.now() - timerErrorMs;
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
}
