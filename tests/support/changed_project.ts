/** A project of which a test answers some requests itself, and passes on all others. */
import type { FreshProject } from "./fresh_project.ts";
import { LocalServer } from "./local_server.ts";

/** A request as it came, and how to pass it on, to another path or as it is. */
export interface PassedRequest {
  readonly request: Request;
  readonly path: string;
  readonly body: string;
  readonly passOn: (path?: string) => Promise<Response>;
}

/** Serves the project under a URL of its own. */
export function changeProject(
  { apiUrl }: FreshProject,
  answer: (passed: PassedRequest) => Response | Promise<Response>,
): LocalServer {
  return new LocalServer(async (request) => {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const passOn = async (path = pathname) => {
      const headers = new Headers(request.headers);
      headers.delete("host");
      const response = await fetch(apiUrl + path + search, {
        method: request.method,
        headers,
        ...(body !== "" && { body }),
      });
      return new Response(response.body, response);
    };
    return await answer({ request, path: pathname, body, passOn });
  });
}
