import { z } from "zod";
import type { ModelDirectory } from "../model_directory.ts";
import type { FaultQueue } from "./fault_queue.ts";
import { guide } from "./guide.ts";
import type { Journal } from "./journal.ts";
import { modelChange, order } from "./orders.ts";

/** What the control API acts on. */
export interface ControlDependencies {
  readonly directory: ModelDirectory;
  readonly faults: FaultQueue;
  readonly journal: Journal;
  readonly url: string;
  readonly region: string;
}

/** Answers `/` and everything under `/_stand-in/`; null for paths that are not its own. */
export async function answerControl(
  request: Request,
  pathname: string,
  dependencies: ControlDependencies,
): Promise<Response | null> {
  if (pathname === "/") return page(dependencies);
  const path = /^\/_stand-in(?:\/(.*))?$/.exec(pathname);
  if (path === null) return null;
  const [resource = "", ...rest] = (path[1] ?? "").split("/");
  const id = decode(rest.join("/"));
  const { directory, faults, journal } = dependencies;

  switch (`${request.method} ${resource}${id === "" ? "" : "/:id"}`) {
    case "GET ":
      return page(dependencies);
    case "GET faults":
      return Response.json({ faults: faults.list() });
    case "POST faults": {
      const parsed = await parse(request, order);
      return parsed instanceof Response
        ? parsed
        : Response.json(faults.add(parsed), { status: 201 });
    }
    case "DELETE faults":
      faults.clear();
      return done();
    case "DELETE faults/:id":
      return faults.remove(Number(id)) ? done() : refuse(404, `There is no order ${id}.`);
    case "GET requests":
      return Response.json({ requests: journal.list() });
    case "DELETE requests":
      journal.clear();
      return done();
    case "PUT models/:id": {
      const parsed = await parse(request, modelChange);
      if (parsed instanceof Response) return parsed;
      if (!directory.canChange(id, parsed)) {
        return refuse(404, `The stand-in does not know a model ${parsed.like ?? id}.`);
      }
      directory.change(id, parsed);
      return Response.json({ model: id, ...parsed });
    }
    case "DELETE models":
      directory.reset();
      return done();
    default:
      return refuse(
        404,
        `There is no ${request.method} ${pathname}. GET /_stand-in/ says what there is.`,
      );
  }
}

function page({ url, region }: ControlDependencies): Response {
  return new Response(guide(url, region), {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

async function parse<T>(request: Request, schema: z.ZodType<T>): Promise<T | Response> {
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
