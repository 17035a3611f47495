/**
 * Requests that a web page made this machine's browser send. The keys of a local stack are public
 * knowledge and its answers may be read by any origin, so that every page one visits could use it;
 * and a name that its owner points to 127.0.0.1 makes a page's own address of it.
 */

/**
 * Why a request is refused: it was sent to a foreign name, or by a page of a foreign origin. Null:
 * it is not. Programs name no origin.
 *
 * @param allowedHosts names that are not foreign, besides those of this machine
 */
export function refusalOfStranger(
  request: Request,
  allowedHosts: readonly string[],
): string | null {
  const isOurs = (name: string) => isLoopback(name) || allowedHosts.includes(name);
  const host = hostnameOf(`http://${request.headers.get("host") ?? ""}`);
  if (!isOurs(host)) return `This stack does not answer to the host "${host}"`;
  const origin = request.headers.get("origin");
  if (origin === null || isOurs(hostnameOf(origin))) return null;
  return `This stack does not answer pages of the origin "${origin}"`;
}

/** A name or an address of this machine, as `URL` writes them. */
function isLoopback(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** Of an origin such as `http://localhost:3000`; empty for `null`, that of a file or a sandbox. */
function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}
