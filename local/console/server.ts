import type { SiteFiles } from "../../console/bundle/bundle_site.ts";
import { configName, writeConfig } from "../../console/bundle/console_config.ts";
import { type HttpServer, serveHttp } from "../../stand-in/http/serve_http.ts";
import { describeError } from "../describe_error.ts";
import type { ProjectKeys } from "../keys.ts";
import { contentTypeOf } from "./content_type.ts";

export interface ConsoleServerOptions {
  readonly port: number;
  /** The project that the page is for. */
  readonly apiUrl: string;
  readonly keys: ProjectKeys;
  readonly log: (line: string) => void;
  /** Makes the page's files. Default: bundles the sources. */
  readonly bundle?: () => Promise<SiteFiles>;
}

/** Serves the operators' console, bundled when it is first asked for, so that no start waits. */
export class ConsoleServer {
  readonly #options: ConsoleServerOptions;
  #server: HttpServer | undefined;
  #site: Promise<SiteFiles> | undefined;

  constructor(options: ConsoleServerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { port } = this.#options;
    this.#server = await serveHttp({ port }, (request) => this.#answer(request));
  }

  /** Bundles the changed sources again with the next request. */
  invalidate(): void {
    this.#site = undefined;
  }

  async close(): Promise<void> {
    // A bundle that is being made has a process of its own, which ends with it.
    await this.#site?.catch(() => {});
    await this.#server?.close();
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return respond("Only GET and HEAD are answered here.\n", 405);
    }
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    if (name === configName) return respond(this.#config(), 200, contentTypeOf(name));
    try {
      const content = (await this.#bundle()).get(name);
      return content === undefined
        ? respond(`There is no ${name} of the console.\n`, 404)
        : respond(content, 200, contentTypeOf(name));
    } catch (error) {
      this.#options.log(`[console] ${describeError(error)}`);
      return respond(`The console could not be built:\n\n${describeError(error)}\n`, 500);
    }
  }

  #bundle(): Promise<SiteFiles> {
    this.#site ??= (this.#options.bundle ?? bundleSources)();
    const site = this.#site;
    // Tried again with the next request: the next save may have mended it.
    site.catch(() => this.#site === site && this.invalidate());
    return site;
  }

  #config(): string {
    const { apiUrl, keys } = this.#options;
    return writeConfig({ supabaseUrl: apiUrl, publishableKey: keys.publishable });
  }
}

/** Loads what bundles only now: the stack starts without it. */
async function bundleSources(): Promise<SiteFiles> {
  const { bundleSite } = await import("../../console/bundle/bundle_site.ts");
  return await bundleSite();
}

function respond(
  body: string | Uint8Array,
  status: number,
  contentType = "text/plain; charset=utf-8",
): Response {
  return new Response(body as BodyInit, {
    status,
    headers: {
      "content-type": contentType,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    },
  });
}
