/** The route by which Storage lists a folder. */
const route = "/storage/v1/object/list/";

/** Whether a request lists a folder of Storage. */
export function isListing(request: Request): boolean {
  return request.method === "POST" && new URL(request.url).pathname.startsWith(route);
}

/**
 * A listing as the hosted Storage gives it: names from the folder on, and what lies deeper as one
 * folder without an id. The embedded Storage names every object below it in full.
 *
 * @param asked the request's body
 */
export async function withHostedListing(asked: unknown, response: Response): Promise<Response> {
  if (!response.ok) return response;
  const { prefix = "" } = asked as { prefix?: string };
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const entries = new Map<string, Record<string, unknown>>();
  for (const object of await response.json() as { name: string }[]) {
    if (!object.name.startsWith(folder)) continue;
    const [name = "", ...deeper] = object.name.slice(folder.length).split("/");
    entries.set(name, deeper.length === 0 ? { ...object, name } : { name, id: null });
  }
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return Response.json([...entries.values()], { headers });
}
