/** The least that can stand between a caller and Bedrock on Deno: passes everything on. */
const upstream = Deno.env.get("UPSTREAM_URL");

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen() {} },
  (request) => {
    const { pathname } = new URL(request.url);
    return fetch(`${upstream}${pathname}`, {
      method: request.method,
      headers: { "content-type": "application/json" },
      body: request.body,
    });
  },
);
