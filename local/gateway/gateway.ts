import type { FunctionHost } from "../functions/function_host.ts";
import { type HttpServer, type ReceiveLimits, serveHttp } from "../../stand-in/http/serve_http.ts";
import { forward, refuse } from "./forward.ts";
import { refusalOfStranger } from "./strangers.ts";

/** Answers `/rest/v1`, `/auth/v1` and `/storage/v1`. */
export type ApiFetch = (request: Request) => Promise<Response>;

/** One address for the whole project, as a hosted one has. */
export class Gateway {
  readonly #port: number;
  readonly #functions: FunctionHost;
  /** Undefined: the API is stopped. */
  readonly #api: () => ApiFetch | undefined;
  readonly #allowedHosts: readonly string[];
  readonly #limits: ReceiveLimits | undefined;
  #server: HttpServer | undefined;
  /** Requests that have no answer yet. */
  #running = 0;

  constructor(options: {
    port: number;
    functions: FunctionHost;
    api: () => ApiFetch | undefined;
    /** Names that it answers to, and whose pages it answers, besides this machine's own; none. */
    allowedHosts?: readonly string[] | undefined;
    /** How long a request may take to arrive. Default: that of the server. */
    limits?: ReceiveLimits | undefined;
  }) {
    this.#port = options.port;
    this.#functions = options.functions;
    this.#api = options.api;
    this.#allowedHosts = options.allowedHosts ?? [];
    this.#limits = options.limits;
  }

  async start(): Promise<void> {
    this.#server = await serveHttp(
      { port: this.#port, ...(this.#limits && { limits: this.#limits }) },
      (request) => this.#answer(request),
    );
  }

  /** Lets running requests end for a second, then cuts what is left. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    for (let waited = 0; this.#running > 0 && waited < 1_000; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await server.close();
  }

  async #answer(request: Request): Promise<Response> {
    this.#running += 1;
    try {
      return await this.#route(request);
    } finally {
      this.#running -= 1;
    }
  }

  async #route(request: Request): Promise<Response> {
    const refusal = refusalOfStranger(request, this.#allowedHosts);
    if (refusal !== null) {
      // Without the headers that would let the page read it.
      const message = `${refusal}; SWITCHBOARD_ALLOWED_HOSTS=<name>,… allows more.`;
      return Response.json({ message }, { status: 403 });
    }
    const { pathname } = new URL(request.url);
    const [, service, version, name] = pathname.split("/");
    const route = `${service}/${version}`;
    if (route === "functions/v1") return await this.#toFunction(request, name ?? "");
    if (["rest/v1", "auth/v1", "storage/v1"].includes(route)) return await this.#toApi(request);
    return refuse(404, { message: `There is nothing at ${pathname} of this project.` });
  }

  #toFunction(request: Request, name: string): Response | Promise<Response> {
    if (!this.#functions.has(name)) {
      return refuseCall(404, "not_found", `There is no function "${name}".`);
    }
    const origin = this.#functions.originOf(name);
    if (origin === undefined) return functionDown(name);
    return forward(request, {
      origin,
      stripPrefix: "/functions/v1",
      onUnreachable: () => functionDown(name),
      onTimeout: () =>
        refuseCall(504, "function_timeout", `The function ${name} did not answer in time.`),
    });
  }

  async #toApi(request: Request): Promise<Response> {
    const api = this.#api();
    if (!api) return refuse(503, { message: "The API is stopped." });
    try {
      return await api(request);
    } catch (error) {
      // Not its words, which may be those of a row.
      const { name, code } = Object(error) as { name?: string; code?: string };
      console.error(`The API failed: ${name ?? typeof error} ${code ?? ""}`.trimEnd());
      return refuse(500, { message: "The API failed." });
    }
  }
}

function functionDown(name: string): Response {
  return refuseCall(503, "function_unavailable", `The function ${name} is not running.`);
}

/** A refusal in the envelope of the functions, for clients that read no other. */
function refuseCall(status: number, code: string, message: string): Response {
  const error = { code, message, request_id: crypto.randomUUID() };
  return refuse(status, { success: false, error });
}
