import { expect } from "@std/expect";
import { z } from "zod";
import {
  AppError,
  type ErrorCode,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { LogFields } from "../../../../../supabase/functions/_shared/runtime/log.ts";
import { respondJson } from "../../../../../supabase/functions/_shared/http/respond.ts";
import { type Handler, serve } from "../../../../../supabase/functions/_shared/http/serve.ts";

function served(handler: Handler) {
  const lines: [string, LogFields][] = [];
  const routes = { "": { POST: handler }, "/figures": { GET: handler } };
  const fetch = serve(routes, (event, fields) => lines.push([event, fields]));
  const send = (method = "POST", path = "/chat") =>
    fetch(new Request(`https://functions.example.com${path}`, { method }));
  return { send, lines };
}

const ok: Handler = () => Promise.resolve(respondJson({ fine: true }));
const fail = (error: unknown): Handler => () => Promise.reject(error);

Deno.test("serve() passes a POST to the handler, with and without a closing slash", async () => {
  const { send, lines } = served(ok);
  for (const path of ["/chat", "/chat/", "/chat?x=1"]) {
    const response = await send("POST", path);
    expect([response.status, await response.json()]).toEqual([200, { fine: true }]);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  }
  expect(lines).toEqual([]);
});

Deno.test("serve() passes what a route below the function's name declares", async () => {
  const { send } = served(ok);
  for (const path of ["/chat/figures", "/chat/figures/"]) {
    expect((await send("GET", path)).status).toBe(200);
  }
});

Deno.test("serve() serves a function under the name that it is deployed with", async () => {
  const { send, lines } = served(ok);
  for (const [method, path] of [["POST", "/helper"], ["GET", "/helper/figures/"]] as const) {
    expect((await send(method, path)).status).toBe(200);
  }
  const { error } = await (await send("POST", "/helper/more")).json();
  expect(error.hint).toBe("Paths: /functions/v1/helper, /functions/v1/helper/figures.");
  expect(lines).toMatchObject([["request-failed", { function: "helper" }]]);
});

Deno.test("serve() has nothing of a path that it does not know in the log or the answer", async () => {
  const { send, lines } = served(ok);
  const words = "private-words";
  for (
    const path of [`/chat/${words}`, `/${words.repeat(2400)}/x`, `/${words}%20x/y`, `//${words}`]
  ) {
    const response = await send("POST", path);
    const text = await response.text();
    expect([response.status, JSON.parse(text).error.code]).toEqual([404, "not_found"]);
    expect(text.length).toBeLessThan(400);
    expect(JSON.stringify(lines) + text).not.toContain(words);
  }
  expect(lines[1]?.[1].detail).toBe("AppError: Not found: a path of 31203 characters.");
});

const role = "TheFunctionsRole";

Deno.test("serve() logs of errors that quote the caller what they mean, and of others their words", async () => {
  const quoting = (code: ErrorCode) =>
    new AppError(code, "There is no private one.", { hint: "h" });
  const table: [AppError, string][] = [
    [quoting("model_not_found"), "AppError: Model not found."],
    [quoting("assistant_not_found"), "AppError: Assistant not found."],
    [quoting("model_not_listed"), "AppError: The model is not in AWS's catalog."],
    [quoting("invalid_request"), "AppError: The request is not valid."],
    [new AppError("model_retired", "AWS has retired a."), "AppError: AWS has retired a."],
    [
      new AppError("database_error", undefined, {
        cause: new z.ZodError([{
          code: "custom",
          path: ["rows", 3, "private words"],
          message: "private",
        }]),
      }),
      "AppError: The database refused the request. <- ZodError: custom at rows.3.…",
    ],
    [
      new AppError("internal_error", undefined, {
        cause: new Error("x-amz-security-token:FwoGZXIvYXdzEJr//////////wEaDPrivateprivate=="),
      }),
      "AppError: Internal error. <- Error: x-amz-security-token:…",
    ],
    [
      new AppError("internal_error", undefined, {
        cause: new Error(`sb_secret_${"aB3".repeat(12)} is not arn:aws:iam::1:role/a/${role}`),
      }),
      `AppError: Internal error. <- Error: … is not arn:aws:iam::1:role/a/${role}`,
    ],
  ];
  for (const [error, detail] of table) {
    const { send, lines } = served(fail(error));
    await (await send()).body?.cancel();
    expect(lines).toMatchObject([["request-failed", { detail }]]);
  }
});

Deno.test("serve() answers a preflight without asking the handler", async () => {
  const response = await served(fail(new Error("asked"))).send("OPTIONS");
  expect(response.status).toBe(204);
  const allowed = response.headers.get("access-control-allow-headers");
  for (const name of ["authorization", "apikey", "x-region"]) expect(allowed).toContain(name);
  expect(Number(response.headers.get("access-control-max-age"))).toBeGreaterThan(600);
});

Deno.test("serve() allows a page every header that its preflight names", async () => {
  const wanted = "authorization,x-stainless-retry-count,anthropic-version";
  const fetch = serve({ "": { POST: ok } }, () => {});
  const response = await fetch(
    new Request("https://functions.example.com/chat", {
      method: "OPTIONS",
      headers: { "access-control-request-headers": wanted },
    }),
  );
  expect(response.headers.get("access-control-allow-headers")).toBe(wanted);
});

Deno.test("serve() takes what stands for the * of a path as one name, decoded", async () => {
  const rest: string[] = [];
  const fetch = serve({
    "/models": { GET: ok },
    "/models/*": {
      GET: (_, context) => {
        rest.push(context.rest);
        return ok(_, context);
      },
    },
  }, () => {});
  const get = async (path: string) =>
    (await fetch(new Request(`https://functions.example.com/openai${path}`))).status;
  for (const path of ["/a.b-v1:0", "/assistant/health", "/assistant%2Fhealth/", "/a%20b?x=/y"]) {
    expect([path, await get(`/models${path}`)]).toEqual([path, 200]);
  }
  expect(rest).toEqual(["a.b-v1:0", "assistant/health", "assistant/health", "a b"]);
  expect([await get("/models"), await get("/models/"), rest.length]).toEqual([200, 200, 4]);
  for (const path of ["/models/%", "/models/%FF", "/modelsx/a", "/models//"]) {
    expect([path, await get(path)]).toEqual([path, 404]);
  }
});

Deno.test("serve() answers HEAD where a path has it", async () => {
  const head: Handler = () => Promise.resolve(new Response(null));
  const fetch = serve({ "": { HEAD: head, GET: ok }, "/a": { GET: ok } }, () => {});
  const statusOf = async (path: string) =>
    (await fetch(new Request(`https://functions.example.com${path}`, { method: "HEAD" }))).status;
  expect([await statusOf("/f"), await statusOf("/f/a")]).toEqual([200, 405]);
});

Deno.test("serve() answers errors as its function does", async () => {
  const fetch = serve(
    { "": { POST: fail(throttled) } },
    () => {},
    (error, { requestId }) => new Response(`${(error as AppError).code} ${requestId.length}`),
  );
  for (const [path, code] of [["/f", "bedrock_throttled"], ["/f/x", "not_found"]] as const) {
    const response = await fetch(
      new Request(`https://functions.example.com${path}`, { method: "POST" }),
    );
    expect(await response.text()).toBe(`${code} 36`);
  }
});

Deno.test("serve() lets a page read the headers that the documentation tells it to read", async () => {
  const response = await served(fail(new AppError("turn_in_progress"))).send("POST");
  const exposed = response.headers.get("access-control-expose-headers");
  for (const name of ["retry-after", "request-id", "x-should-retry", "x-switchboard-model"]) {
    expect(exposed).toContain(name);
  }
});

Deno.test("serve() refuses other methods and paths in the envelope", async () => {
  const { send } = served(ok);
  const table: [string, string, number, string, string | null][] = [
    ["GET", "/chat", 405, "method_not_allowed", "POST, OPTIONS"],
    ["DELETE", "/chat", 405, "method_not_allowed", "POST, OPTIONS"],
    ["POST", "/chat/figures", 405, "method_not_allowed", "GET, OPTIONS"],
    ["POST", "/chat/more", 404, "not_found", null],
    ["GET", "/chat/constructor", 404, "not_found", null],
    ["GET", "/figures", 405, "method_not_allowed", "POST, OPTIONS"],
    ["POST", "//figures", 404, "not_found", null],
    ["POST", "/", 404, "not_found", null],
  ];
  for (const [method, path, status, code, allow] of table) {
    const response = await send(method, path);
    const body = await response.json();
    expect([response.status, body.success, body.error.code]).toEqual([status, false, code]);
    expect(response.headers.get("allow")).toBe(allow);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  }
});

const throttled = new AppError("bedrock_throttled", "AWS throttles it.", {
  hint: "Ask AWS for a larger quota.",
  retryAfterSeconds: 7,
});

Deno.test("serve() shows an operator an expected failure with its words and retry-after", async () => {
  const response = await served((_request, context) => {
    context.audience = "operator";
    return Promise.reject(throttled);
  }).send();
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("7");
  expect((await response.json()).error).toMatchObject({
    code: "bedrock_throttled",
    message: "AWS throttles it.",
    hint: "Ask AWS for a larger quota.",
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

Deno.test("serve() tells a user no operator's words, and the log all of them", async () => {
  const { send, lines } = served(fail(throttled));
  const response = await send();
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
  expect((await response.json()).error).toEqual({
    code: "bedrock_throttled",
    message: "The request cannot be answered at present.",
    hint: "Try again in a minute.",
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(lines).toMatchObject([["request-failed", {
    code: "bedrock_throttled",
    detail: "AppError: AWS throttles it. (Ask AWS for a larger quota.)",
  }]]);
});

Deno.test("serve() tells a user what users can act on in full", async () => {
  const error = new AppError("conversation_pinned", "It is pinned to b.", {
    hint: "Begin a new conversation.",
  });
  const response = await served(fail(error)).send();
  expect((await response.json()).error)
    .toMatchObject({ message: "It is pinned to b.", hint: "Begin a new conversation." });
});

Deno.test("serve() hides what it did not expect from the caller and tells the log", async () => {
  const { send, lines } = served(fail(new Error("the password is hunter2")));
  const response = await send();
  const text = await response.text();
  expect([response.status, JSON.parse(text).error.code]).toEqual([500, "internal_error"]);
  expect(text).not.toContain("hunter2");
  expect(lines).toMatchObject([["request-failed", {
    code: "internal_error",
    request_id: JSON.parse(text).error.request_id,
  }]]);
});

Deno.test("serve() keeps the text of what could not be parsed out of the log", async () => {
  const { send, lines } = served(() => {
    return Promise.reject(
      new AppError("bedrock_bad_response", undefined, {
        cause: new SyntaxError('Unexpected token "my private words"'),
      }),
    );
  });
  await send();
  expect(JSON.stringify(lines)).not.toContain("private");
});
