/** Lets pages of any origin use the Auth server, as a hosted project does. */

/** Answers a browser that asks whether a page may send a request; undefined for other requests. */
export function answerAuthPreflight(request: Request): Response | undefined {
  const method = request.headers.get("access-control-request-method");
  if (request.method !== "OPTIONS" || method === null) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
      // The clients' own headers are allowed by name, and there are more with each version.
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
      "access-control-max-age": "86400",
    },
  });
}

/** An answer of the Auth server, errors too, that a page of any origin may read. */
export function withCrossOrigin(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", "*");
  headers.set("access-control-expose-headers", "x-sb-error-code, x-supabase-api-version");
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}
