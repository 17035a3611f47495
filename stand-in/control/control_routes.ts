import { z } from "zod";
import type { PromptCache } from "../answers/prompt_cache.ts";
import type { Clock } from "../clock.ts";
import { faultRule } from "../faults/fault_rule.ts";
import type { FaultRules } from "../faults/fault_rules.ts";
import { guardrail } from "../guardrails/guardrail.ts";
import type { Guardrails } from "../guardrails/guardrails.ts";
import type { ModelCatalog } from "../models/model_catalog.ts";
import { modelChange } from "../models/model_change.ts";
import type { RequestLog } from "../request_log.ts";
import { guide } from "./guide.ts";

/** The state behind the control API. */
export interface ControlDependencies {
  readonly catalog: ModelCatalog;
  readonly faultRules: FaultRules;
  readonly requestLog: RequestLog;
  readonly guardrails: Guardrails;
  readonly promptCache: PromptCache;
  readonly clock: Clock;
  readonly url: string;
  readonly region: string;
  /** Where it listens. */
  readonly hostname: string;
}

/** Also modes that AWS does not have yet. */
const retentionChange = z.strictObject({ mode: z.string().regex(/^\w{1,100}$/) });
const clockChange = z.strictObject({ advanceSeconds: z.number().min(0).max(1e9) });

/** Answers `/` and everything under `/_stand-in/`; null for paths that are not its own. */
export async function answerControl(
  request: Request,
  pathname: string,
  dependencies: ControlDependencies,
): Promise<Response | null> {
  if (pathname === "/") return page(dependencies);
  const path = /^\/_stand-in(?:\/(.*))?$/.exec(pathname);
  if (path === null) return null;
  const refusal = refusalOfPage(request, dependencies.hostname);
  if (refusal !== null) return refuse(403, refusal);
  const [resource = "", ...rest] = (path[1] ?? "").split("/");
  const id = decode(rest.join("/"));
  const { catalog, faultRules, requestLog, guardrails, promptCache, clock } = dependencies;

  switch (`${request.method} ${resource}${id === "" ? "" : "/:id"}`) {
    case "GET ":
      return page(dependencies);
    case "GET faults":
      return Response.json({ faults: faultRules.list() });
    case "POST faults": {
      const parsed = await parse(request, faultRule);
      return parsed instanceof Response
        ? parsed
        : Response.json(faultRules.add(parsed), { status: 201 });
    }
    case "DELETE faults":
      faultRules.clear();
      return done();
    case "DELETE faults/:id":
      return faultRules.remove(Number(id)) ? done() : refuse(404, `There is no fault rule ${id}.`);
    case "GET requests":
      return Response.json({ requests: requestLog.list() });
    case "DELETE requests":
      requestLog.clear();
      return done();
    case "PUT models/:id": {
      const parsed = await parse(request, modelChange);
      if (parsed instanceof Response) return parsed;
      if (!catalog.canChange(id, parsed)) {
        return refuse(404, `The stand-in has no model ${parsed.like ?? id}.`);
      }
      catalog.change(id, parsed);
      return Response.json({ model: id, ...parsed });
    }
    case "PUT data-retention": {
      const parsed = await parse(request, retentionChange);
      if (parsed instanceof Response) return parsed;
      catalog.dataRetentionMode = parsed.mode;
      return Response.json(parsed);
    }
    case "DELETE models":
      catalog.reset();
      return done();
    case "PUT guardrails/:id": {
      const parsed = await parse(request, guardrail);
      if (parsed instanceof Response) return parsed;
      if (!/^[a-z0-9]+$/.test(id)) return refuse(400, "An id has lower-case letters and digits.");
      guardrails.set(id, parsed);
      return Response.json({ guardrail: id, ...parsed });
    }
    case "DELETE guardrails":
      guardrails.clear();
      return done();
    case "POST clock": {
      const parsed = await parse(request, clockChange);
      if (parsed instanceof Response) return parsed;
      clock.advance(parsed.advanceSeconds * 1_000);
      return done();
    }
    case "DELETE cache":
      promptCache.clear();
      return done();
    default:
      return refuse(
        404,
        `Unknown path or method: ${request.method} ${pathname}. GET /_stand-in/ lists them.`,
      );
  }
}

/**
 * Why a request is taken for a web page's, which could be any page that is open on this machine;
 * null: it is not. Browsers name the page's origin wherever something may change.
 */
function refusalOfPage(request: Request, hostname: string): string | null {
  if (request.headers.has("origin")) return "Web pages have no access to the control API.";
  // A name that its owner has pointed to this machine makes a page's own address of it.
  const { hostname: asked } = new URL(request.url);
  if (isLoopback(hostname) && !isLoopback(asked)) return `There is no host "${asked}" here.`;
  return null;
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(hostname);
}

function page({ url, region }: ControlDependencies): Response {
  return new Response(guide(url, region), {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

async function parse<T>(request: Request, schema: z.ZodType<T>): Promise<T | Response> {
  // Which no page can say without asking the browser first, not even a form.
  if (!/^application\/json\b/.test(request.headers.get("content-type") ?? "")) {
    return refuse(415, "The body must be JSON, and named so: content-type: application/json.");
  }
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    return refuse(400, "The body is not valid JSON.");
  }
  const result = schema.safeParse(body);
  return result.success ? result.data : refuse(400, z.prettifyError(result.error));
}

const done = () => new Response(null, { status: 204 });

const refuse = (status: number, error: string) => Response.json({ error }, { status });

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
