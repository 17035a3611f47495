/** What no client of `openai` or `anthropic` sends, unless it is broken or means harm. */
import { expect } from "@std/expect";
import { apiKeyOf } from "../support/api_key_of.ts";
import { withFunctionProcess } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" } as const;
type Endpoint = keyof typeof paths;
const endpoints = Object.keys(paths) as Endpoint[];

/** In every question; it may be in no log line. */
const word = "Quokka";

const hello = { role: "user", content: `${word}: hello` };
const asked = (more: object = {}) => ({
  model: "default",
  max_tokens: 50,
  messages: [hello],
  ...more,
});
const said = (content: unknown) => asked({ messages: [{ role: "user", content }] });
const asText = (json: string) => JSON.stringify(asked()).replace(/^\{/, `{${json},`);
const long = "x".repeat(1_000_000);
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

function deepSchema(depth: number): object {
  return depth === 0
    ? { type: "string" }
    : { type: "object", properties: { inner: deepSchema(depth - 1) } };
}

/** One tool, in the form of each maker. */
function withTool(name: string, schema: object): Record<Endpoint, object> {
  return {
    openai: asked({ tools: [{ type: "function", function: { name, parameters: schema } }] }),
    anthropic: asked({ tools: [{ name, input_schema: schema }] }),
  };
}

const same = (body: unknown) => ({ openai: body, anthropic: body });

const manyProperties = Object.fromEntries(
  Array.from({ length: 5_000 }, (_, n) => [`member_${n}`, { type: "string" }]),
);

/** Bodies, and the statuses that may answer them. */
const bodies: readonly [string, Record<Endpoint, unknown>, readonly number[]][] = [
  ["nothing", same(""), [400]],
  ["null", same("null"), [400]],
  ["a list", same("[]"), [400]],
  ["a number", same("1"), [400]],
  ["half of an object", same("{"), [400]],
  ["an empty object", same("{}"), [400]],
  ["bytes that are no UTF-8", same(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])), [400]],
  ["UTF-16", same(new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])), [400]],
  ["100,000 brackets", same(nested(100_000)), [400]],
  ["an unknown field of 60 levels", same(asText(`"odd":${nested(60)}`)), [200]],
  ["300,000 values", same(`[${"1,".repeat(300_000)}1]`), [400]],
  ["a name of Object.prototype as the model", same(asked({ model: "constructor" })), [404]],
  ["another", same(asked({ model: "__proto__" })), [404]],
  ["a model with line breaks", same(asked({ model: "a\r\nx-odd: 1" })), [404]],
  ["a model of NUL", same(asked({ model: "\0" })), [404]],
  ["a role of Object.prototype's", same(asked({ messages: [{ role: "toString" }] })), [400]],
  ["messages that are none", same(asked({ messages: [null] })), [400]],
  ["__proto__ as a field", same(asText('"__proto__":{"stream":true},"constructor":1')), [200]],
  ["a field twice", same(asText('"max_tokens":7')), [200]],
  ["more tokens than numbers have", same(asText('"n1":1e400').replace(":50", ":1e400")), [400]],
  ["half a token", same(asked({ max_tokens: 0.5 })), [400]],
  ["half of a surrogate pair", same(said(`${word} \ud83d and \udc4b`)), [200]],
  ["NUL and control characters", same(said(`${word} \0\u0001\u001b[31m\u2028\u0085`)), [200]],
  ["every script", same(said(`${word} 世界 👩🏽‍⚕️ مرحبا \u202e a\u0301\u0300`)), [200]],
  ["a block of a long type", same(said([{ type: `${word}${long}` }])), [400]],
  ["a role of a million characters", same(asked({ messages: [{ role: long }] })), [400]],
  ["a model of a million characters", same(asked({ model: long })), [400]],
  ["1,000 stop sequences", {
    openai: asked({ stop: Array.from({ length: 1_000 }, (_, n) => `${word}${n}`) }),
    anthropic: asked({ stop_sequences: Array.from({ length: 1_000 }, (_, n) => `${word}${n}`) }),
  }, [200, 400]],
  ["empty text", same(said("")), [200, 400]],
  ["empty blocks", same(said([{ type: "text", text: "" }])), [200, 400]],
  ["a tool of 20 levels", withTool("deep", deepSchema(20)), [200, 400]],
  [
    "a tool with 5,000 members",
    withTool("wide", {
      type: "object",
      properties: manyProperties,
    }),
    [200, 400],
  ],
  [
    "a tool that refers to itself",
    withTool("loop", {
      type: "object",
      properties: { next: { $ref: "#" } },
    }),
    [200, 400],
  ],
  [
    "a tool that refers to a file",
    withTool("file", {
      type: "object",
      properties: { next: { $ref: "file:///etc/passwd" } },
    }),
    [200, 400],
  ],
  [
    "a tool with __proto__",
    withTool("proto", JSON.parse(`{"type":"object","properties":{"__proto__":{"type":"string"}}}`)),
    [200, 400],
  ],
  ["a tool's name in Chinese", withTool("世界 👋🏽", { type: "object" }), [200, 400]],
  ["a tool called constructor", withTool("constructor", { type: "object" }), [200, 400]],
  ["a long unknown choice of a tool", {
    openai: asked({
      ...withTool("known", { type: "object" }).openai,
      tool_choice: { type: "function", function: { name: `${word}${long}` } },
    }),
    anthropic: asked({
      ...withTool("known", { type: "object" }).anthropic,
      tool_choice: { type: "tool", name: `${word}${long}` },
    }),
  }, [400]],
  ["a tool's type of a million characters", same(asked({ tools: [{ type: `${word}${long}` }] })), [
    400,
  ]],
  ["a label of a million characters", {
    openai: asked({ user: `\0${word}${long}` }),
    anthropic: asked({ metadata: { user_id: `\0${word}${long}` } }),
  }, [200, 400]],
  ["a result of no tool", {
    openai: asked({ messages: [hello, { role: "tool", tool_call_id: "none", content: word }] }),
    anthropic: said([{ type: "tool_result", tool_use_id: "none", content: word }]),
  }, [200, 400]],
  [
    "an assistant's message alone",
    same(asked({
      messages: [{ role: "assistant", content: word }],
    })),
    [200, 400],
  ],
];

const headers: readonly [string, Record<string, string>, readonly number[]][] = [
  ["counts of retries that are none", { "x-stainless-retry-count": "-1e9" }, [200]],
  ["more retries than there are", { "x-stainless-retry-count": "99999999999" }, [200]],
  ["betas of Object.prototype", { "anthropic-beta": "constructor, __proto__,toString,," }, [200]],
  ["long betas", { "anthropic-beta": `${word},`.repeat(1_000) }, [200]],
  ["a version that is none", { "anthropic-version": "'; drop table" }, [200]],
  ["another type of content", { "content-type": "text/plain; charset=utf-16" }, [200, 400]],
  ["content that is not packed as it says", { "content-encoding": "gzip" }, [200, 400, 415]],
  ["a key of other characters", { authorization: "", "x-api-key": "bsk_\u00e9" }, [401]],
  ["a key of line feeds, encoded", { authorization: "", "x-api-key": "bsk_%0d%0a" }, [401]],
];

interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(
  base: string,
  endpoint: Endpoint,
  body: unknown,
  more: Record<string, string>,
): Promise<Seen> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(`${base}${paths[endpoint]}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...more },
    body: isRaw ? body as BodyInit : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What is wrong with an answer, whatever was asked. */
function* problemsOf({ status, headers, text }: Seen, statuses: readonly number[]) {
  if (!statuses.includes(status)) yield `is answered with ${status}: ${text.slice(0, 300)}`;
  if (headers.get("request-id") === null) yield "has no request-id";
  if (headers.get("x-odd") !== null) yield "wrote a header of the client's";
  if (status === 200) return;
  if (headers.get("x-should-retry") !== "false") yield "is sent again by clients";
  if (typeof JSON.parse(text).error?.message !== "string") yield "has no message";
  if (text.length > 4_000) yield `is told in ${text.length} characters`;
}

/** The same of the log. */
function* problemsOfLog(lines: readonly string[], keys: readonly string[]) {
  for (const line of lines.filter((line) => line !== "")) {
    const told = line.slice(0, 300);
    if (!line.startsWith("{")) yield `no JSON: ${told}`;
    if (line.includes(word)) yield `a user's word: ${told}`;
    if (line.includes("internal_error")) yield `an error of ours: ${told}`;
    if (line.length > 4_000) yield `a line of ${line.length} characters: ${told}`;
    if (keys.some((key) => line.includes(key.slice(0, 20)))) yield `a key: ${told}`;
  }
}

/** Runs a test with a process of each endpoint, and looks at what it has printed. */
async function eachEndpoint(
  { sql }: FreshProject,
  test: (base: string, endpoint: Endpoint, key: string) => Promise<readonly string[]>,
): Promise<void> {
  for (const endpoint of endpoints) {
    const key = await apiKeyOf(sql);
    const lines: string[] = [];
    let problems: readonly string[] = [];
    await withFunctionProcess(
      stack,
      endpoint,
      async (base) => {
        problems = await test(base, endpoint, key);
      },
      {},
      (line) => lines.push(line),
    );
    expect([endpoint, ...problems, ...problemsOfLog(lines, [key])]).toEqual([endpoint]);
    expect(lines.length).toBeGreaterThan(0);
  }
}

Deno.test("whatever a body or a header is, the answer is the maker's, short, and of no failure here", () =>
  withFreshProject(stack, (project) =>
    eachEndpoint(project, async (base, endpoint, key) => {
      const problems: string[] = [];
      const authorization = `Bearer ${key}`;
      for (const [name, body, statuses] of bodies) {
        const seen = await send(base, endpoint, body[endpoint], { authorization });
        for (const problem of problemsOf(seen, statuses)) problems.push(`${name} ${problem}`);
      }
      for (const [name, { authorization: own, ...more }, statuses] of headers) {
        const credential = own === undefined ? { authorization } : {};
        const seen = await send(base, endpoint, asked(), { ...credential, ...more });
        for (const problem of problemsOf(seen, statuses)) problems.push(`${name} ${problem}`);
      }
      return problems;
    })));

Deno.test("unknown fields are listed in one header of visible ASCII, however many and whatever their names", () =>
  withFreshProject(stack, (project) =>
    eachEndpoint(project, async (base, endpoint, key) => {
      const odd = ["\r\nx-odd: 1", "a, b", "100%", "世界", "\ud83d", "", "x".repeat(10_000), "\0"];
      const many = Array.from({ length: 1_000 }, (_, n) => `field_${n}`);
      const problems: string[] = [];
      for (const names of [odd, many, [...odd, ...many]]) {
        const more = Object.fromEntries(names.map((name) => [name, 1]));
        for (const stream of [false, true]) {
          const seen = await send(base, endpoint, { ...more, ...asked({ stream }) }, {
            authorization: `Bearer ${key}`,
          });
          problems.push(...problemsOf(seen, [200]));
          const listed = seen.headers.get("x-switchboard-ignored") ?? "";
          if (!/^[\x21-\x7e]+(, [\x21-\x7e]+)*$/.test(listed)) problems.push(`listed ${listed}`);
          if (listed.length > 4_000) problems.push(`listed ${listed.length} characters`);
        }
      }
      return problems;
    })));

Deno.test("a body of ten million bytes is for callers with a key only, and one beyond the limit for none", () =>
  withFreshProject(stack, (project) =>
    eachEndpoint(project, async (base, endpoint, key) => {
      const ten = JSON.stringify(said(`${word} `.repeat(1_300_000)));
      const beyond = JSON.stringify(said("x".repeat(26_000_000)));
      const known = { authorization: `Bearer ${key}` };
      const unknown = { authorization: `Bearer bsk_${"0".repeat(43)}` };
      const blank = `${" ".repeat(10_000_000)}${JSON.stringify(asked())}`;
      return [
        ...problemsOf(await send(base, endpoint, ten, known), [400]),
        ...problemsOf(await send(base, endpoint, ten, unknown), [401]),
        ...problemsOf(await send(base, endpoint, blank, known), [200]),
        ...problemsOf(await send(base, endpoint, beyond, known), [413]),
        ...problemsOf(await send(base, endpoint, JSON.stringify(asked()), known), [200]),
      ];
    })));

Deno.test("an API key in a URL opens nothing and is in no log line", () =>
  withFreshProject(stack, (project) =>
    eachEndpoint(project, async (base, endpoint, key) => {
      const problems: string[] = [];
      for (const query of [`key=${key}`, `api_key=${key}`, `apikey=${key}`, `x-api-key=${key}`]) {
        const url = `${base}${paths[endpoint]}?${query}`;
        const response = await fetch(url, { method: "POST", body: JSON.stringify(asked()) });
        const text = await response.text();
        problems.push(
          ...problemsOf({ status: response.status, headers: response.headers, text }, [401]),
        );
        if (text.includes(key)) problems.push("is told back");
      }
      for (const path of [`/${key}`, `/v1/models/${key}`, `/v1/${key}/x`]) {
        const response = await fetch(`${base}${path}`, { headers: { "x-api-key": key } });
        const text = await response.text();
        if (response.status !== 404) problems.push(`${path} is answered with ${response.status}`);
        if (text.includes(key)) problems.push(`${path} is told back`);
      }
      return problems;
    })));

Deno.test("many keys at once: each call is in the ledger once, with its own key", () =>
  withFreshProject(stack, async ({ sql, apiUrl }) => {
    const keys = await Promise.all(Array.from({ length: 24 }, () => madeKey(sql)));
    const made = await Promise.all(keys.flatMap(({ id, key }) =>
      endpoints.map(async (endpoint) => {
        const { status, headers } = await send(
          `${apiUrl}/functions/v1/${endpoint}`,
          endpoint,
          asked(),
          { "x-api-key": key },
        );
        return { status, question_id: headers.get("request-id"), api_key_id: id };
      })
    ));
    expect(made.filter(({ status }) => status !== 200)).toEqual([]);
    const stored = await sql`
      select question_id, api_key_id from ai_usage where purpose = 'call'`;
    const asPairs = (rows: readonly { question_id?: unknown; api_key_id?: unknown }[]) =>
      rows.map(({ question_id, api_key_id }) => `${question_id} ${api_key_id}`).sort();
    expect(asPairs(stored)).toEqual(asPairs(made));
  }));

Deno.test("a key that is revoked while many use it opens no call that begins after that", () =>
  withFreshProject(stack, async ({ sql, apiUrl }) => {
    const { id, key } = await madeKey(sql);
    const seen: { at: number; status: number; id: string | null }[] = [];
    let over = false;
    const useIt = async (endpoint: Endpoint) => {
      while (!over) {
        const at = performance.now();
        const { status, headers } = await send(
          `${apiUrl}/functions/v1/${endpoint}`,
          endpoint,
          asked(),
          { "x-api-key": key },
        );
        seen.push({ at, status, id: headers.get("request-id") });
      }
    };
    const users = [...endpoints, ...endpoints, ...endpoints].map(useIt);
    const answered = (status: number) => seen.filter((call) => call.status === status).length;
    try {
      await until(() => Promise.resolve(answered(200) >= 12), "calls that are answered");
      await sql`select public.revoke_api_key(${id})`;
      const revokedAt = performance.now();
      const afterwards = () => seen.filter(({ at }) => at > revokedAt);
      await until(() => Promise.resolve(afterwards().length >= 12), "calls after the revocation");
      expect(afterwards().filter(({ status }) => status !== 401)).toEqual([]);
    } finally {
      over = true;
      await Promise.all(users);
    }
    expect(seen.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
    const stored = await sql`select question_id from ai_usage where api_key_id = ${id}`;
    expect(stored.map(({ question_id }) => question_id).sort())
      .toEqual(seen.flatMap((call) => call.status === 200 ? call.id ?? [] : []).sort());
  }));
