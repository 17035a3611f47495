/** What fails, as `@anthropic-ai/sdk` tells it, and how often it tries. */
import { expect } from "@std/expect";
import { asking, clientOf, testEachOn, versions } from "../support/anthropic_clients.ts";
import { apiKeyOf } from "../support/api_key_of.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const testEach = testEachOn(testStack());
const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

type Fault = Parameters<FreshProject["bedrock"]["addFaultRule"]>[0];

/** What a fault of Bedrock's is to a client: the type of its error, its words, and its tries. */
const faults: readonly (readonly [
  fault: Fault,
  status: number,
  type: string,
  words: RegExp,
  tries: number,
])[] = [
  [
    {
      kind: "error",
      exception: "ValidationException",
      message: "messages.1.content.0.thinking: wrong in some new way",
    },
    400,
    "invalid_request_error",
    /messages\.1\.content\.0\.thinking: wrong in some new way/,
    1,
  ],
  [
    {
      kind: "error",
      exception: "ValidationException",
      message: "prompt is too long: 1200000 tokens > 1000000 maximum",
    },
    400,
    "invalid_request_error",
    /prompt is too long: 1200000 tokens > 1000000 maximum/,
    1,
  ],
  [
    {
      kind: "error",
      exception: "ValidationException",
      message: "Input is too long for requested model.",
    },
    400,
    "invalid_request_error",
    /prompt is too long: /,
    1,
  ],
  [{ kind: "error", exception: "AccessDeniedException" }, 502, "api_error", /./, 1],
  [{ kind: "error", exception: "ServiceUnavailableException" }, 529, "overloaded_error", /./, 3],
  [{ kind: "error", exception: "ModelErrorException" }, 500, "api_error", /./, 3],
  [{ kind: "error", exception: "ModelTimeoutException" }, 504, "timeout_error", /./, 3],
  [{ kind: "error", exception: "ThrottlingException" }, 429, "rate_limit_error", /./, 3],
];

function nameOf(fault: Fault): string {
  return fault.kind === "error" ? fault.message ?? fault.exception : fault.kind;
}

for (const [fault, status, type, words, tries] of faults) {
  testEach(
    `${nameOf(fault)} arrives as ${type} with status ${status}, and is tried ${tries} times`,
    async ({ exchanges, anthropic }, { bedrock, sql }) => {
      // Nothing stands in, so that the client sees the model's own failure.
      await sql`update bedrock_models set is_available = false where not is_default`;
      await bedrock.addFaultRule(fault, { times: "until-removed" });
      for (const streamed of [false, true]) {
        exchanges.length = 0;
        const error = await anthropic.messages.create({ ...asking(), stream: streamed })
          .then(() => null, (error) => error);
        expect(error).toBeInstanceOf(Error);
        expect([error.status, error.error?.error?.type]).toEqual([status, type]);
        expect(error.message).toMatch(words);
        expect(error.requestID).toBe(exchanges.at(-1)?.response.headers.get("request-id"));
        expect(exchanges.map(({ sent }) => sent.get("x-stainless-retry-count")))
          .toEqual(["0", "1", "2"].slice(0, tries));
      }
    },
  );
}

testEach(
  "what is wrong with a request is its client's own error, at the first try",
  async ({ anthropic, exchanges }, project, version) => {
    const errorOf = async (asked: object) => {
      exchanges.length = 0;
      const error = await anthropic.messages.create({ ...asking(), ...asked } as never)
        .then(() => null, (error) => error);
      expect(exchanges).toHaveLength(1);
      return error;
    };
    const { BadRequestError, NotFoundError, AuthenticationError, PermissionDeniedError } =
      versions[version];
    expect(await errorOf({ messages: [] })).toBeInstanceOf(BadRequestError);
    expect(await errorOf({ model: "unknown" })).toBeInstanceOf(NotFoundError);
    expect(await errorOf({ tools: [{ type: "web_search_20250305", name: "web_search" }] }))
      .toMatchObject({ message: expect.stringContaining("web_search_20250305") });
    const bound = await apiKeyOf(project.sql, { models: [novaLite] });
    const others = [
      ["bsk_" + "A".repeat(43), "default", AuthenticationError],
      [bound, novaPro, PermissionDeniedError],
    ] as const;
    for (const [apiKey, model, kind] of others) {
      const client = await clientOf(project, version, { apiKey });
      const error = await client.anthropic.messages.create({ ...asking(), model })
        .then(() => null, (error) => error);
      expect(error).toBeInstanceOf(kind);
      expect(client.exchanges).toHaveLength(1);
    }
  },
);

testEach(
  "a stream that breaks off is an error, never an end",
  async ({ anthropic }, { bedrock }) => {
    for (const model of [novaPro, haiku]) {
      await bedrock.addFaultRule({ kind: "cut", afterFrames: 5 });
      const stream = anthropic.messages.stream({ ...asking("A long question"), model });
      const error = await stream.finalMessage().then(() => null, (error) => error);
      expect(error).toBeInstanceOf(Error);
      expect(error.error?.error?.type ?? error.type).toBe("api_error");
    }
  },
);
