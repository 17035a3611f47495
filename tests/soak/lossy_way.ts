import type { Random } from "./random.ts";

/**
 * The way from the functions to the project's API, on which calls get lost: some before they
 * arrive, and some after they were carried out, so that their outcome is unknown.
 */
export class LossyWay {
  readonly url: string;
  /** Share of the calls that get lost, of each kind. */
  loss = 0;
  lost = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Aborted at the end: a call that an outage swallowed may never have an answer. */
  readonly #end = new AbortController();

  constructor(apiUrl: string, random: Random) {
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        onError: () => new Response(null, { status: 502 }),
      },
      async (request) => {
        if (random.chance(this.loss)) return this.#lose();
        const { pathname, search } = new URL(request.url);
        const response = await fetch(`${apiUrl}${pathname}${search}`, {
          method: request.method,
          headers: request.headers,
          body: await request.bytes(),
          signal: this.#end.signal,
        });
        const { status, headers } = response;
        const body = await response.bytes();
        return random.chance(this.loss) ? this.#lose() : new Response(body, { status, headers });
      },
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  close(): Promise<void> {
    this.#end.abort();
    return this.#server.shutdown();
  }

  #lose(): Response {
    this.lost++;
    return new Response("upstream connect error", { status: 503 });
  }
}
