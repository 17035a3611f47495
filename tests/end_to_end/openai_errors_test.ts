/** How the package `openai` sees what fails, and how often it tries. */
import { expect } from "@std/expect";
import OpenAI from "openai";
import type { Fault } from "../../stand-in/faults/fault_rule.ts";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import {
  type OpenAIClient,
  openaiClient,
  openaiUrl,
  withOpenAI,
} from "../support/openai_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";
const hello = { model: "default", messages: [{ role: "user" as const, content: "Hello" }] };

async function failureOf(asked: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

type Asked = OpenAI.ChatCompletionCreateParamsNonStreaming;

interface Refused {
  readonly what: string;
  readonly asked: Partial<Asked>;
  readonly scopes?: Parameters<typeof apiKeyOf>[1];
  readonly type: new (...args: never[]) => Error;
  readonly told: Record<string, unknown>;
}

/** Requests that are refused before a model is called. */
const refused: readonly Refused[] = [
  {
    what: "an unsupported field",
    asked: { n: 2 },
    type: OpenAI.BadRequestError,
    told: { status: 400, type: "invalid_request_error", param: "n", code: "unsupported_value" },
  },
  {
    what: "a role that is none",
    asked: { messages: [{ role: "robot" as "user", content: "Hello" }] },
    type: OpenAI.BadRequestError,
    told: { status: 400, type: "invalid_request_error", param: "messages[0].role", code: null },
  },
  {
    what: "a model that is not there",
    asked: { model: "gpt-99" },
    type: OpenAI.NotFoundError,
    told: { status: 404, type: "invalid_request_error", param: "model", code: "model_not_found" },
  },
  {
    what: "a model out of the key's scope",
    asked: { model: novaPro },
    scopes: { models: [haiku] },
    type: OpenAI.PermissionDeniedError,
    told: { status: 403, type: "invalid_request_error", code: "insufficient_permissions" },
  },
  {
    what: "a key of the other endpoint",
    asked: {},
    scopes: { dialects: ["anthropic"] },
    type: OpenAI.PermissionDeniedError,
    told: { status: 403, type: "invalid_request_error", code: "insufficient_permissions" },
  },
];

for (const { what, asked, scopes, type, told } of refused) {
  Deno.test(`openai: ${what} is a typed error, and is not sent again`, () =>
    withFreshProject(stack, async (project) => {
      const apiKey = await apiKeyOf(project.sql, scopes);
      const { openai, exchanges } = await openaiClient(project, { apiKey });
      const error = await failureOf(openai.chat.completions.create({ ...hello, ...asked }));
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject(told);
      expect(error.requestID).toBe(exchanges[0]!.response.headers.get("x-request-id"));
      expect(exchanges.map(({ retries }) => retries)).toEqual(["0"]);
    }));
}

Deno.test("openai: a key that is unknown is an AuthenticationError, on every path", () =>
  withFreshProject(stack, async (project) => {
    const { openai, exchanges } = await openaiClient(project, { apiKey: `bsk_${"a".repeat(43)}` });
    for (
      const asked of [
        () => openai.chat.completions.create(hello),
        () => openai.models.list(),
        () => openai.models.retrieve("default"),
      ]
    ) {
      const error = await failureOf(asked());
      expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: "invalid_api_key" });
    }
    expect(exchanges).toHaveLength(3);
  }));

interface Failed {
  readonly what: string;
  readonly fault: Fault;
  readonly type: new (...args: never[]) => Error;
  readonly told: Record<string, unknown>;
  readonly tries: number;
}

const failing = (exception: string, message?: string, more = {}): Fault => ({
  kind: "error",
  exception: exception as "ThrottlingException",
  ...(message !== undefined && { message }),
  ...more,
});

/** A client for whom no other model can answer, and none is tried. */
const clientOfOneModel = async (project: FreshProject) =>
  await openaiClient(project, { apiKey: await apiKeyOf(project.sql, { models: [novaPro] }) });

/** What models fail with. */
const failed: readonly Failed[] = [
  {
    what: "a refused request, in the words of its model",
    fault: failing("ValidationException", "messages: at least one message is odd"),
    type: OpenAI.BadRequestError,
    told: {
      status: 400,
      type: "invalid_request_error",
      code: null,
      error: expect.objectContaining({ message: "messages: at least one message is odd" }),
    },
    tries: 1,
  },
  {
    what: "a conversation that is too long",
    fault: failing("ValidationException", "Input is too long for requested model."),
    type: OpenAI.BadRequestError,
    told: { status: 400, code: "context_length_exceeded", param: "messages" },
    tries: 1,
  },
  {
    what: "a throttled model",
    fault: failing("ThrottlingException"),
    type: OpenAI.RateLimitError,
    told: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
    tries: 3,
  },
  {
    what: "a quota that is used up",
    fault: failing("ThrottlingException", "Too many tokens per day, please wait before trying."),
    type: OpenAI.RateLimitError,
    told: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
    tries: 1,
  },
  {
    what: "a model without access",
    fault: failing("AccessDeniedException"),
    type: OpenAI.InternalServerError,
    told: { status: 502, type: "api_error", code: "bedrock_access_denied" },
    tries: 1,
  },
  {
    what: "a model that fails",
    fault: failing("ModelErrorException"),
    type: OpenAI.InternalServerError,
    told: { status: 502, type: "api_error", code: "bedrock_model_error" },
    tries: 3,
  },
  {
    what: "Bedrock being unavailable",
    fault: failing("ServiceUnavailableException"),
    type: OpenAI.InternalServerError,
    told: {
      status: 503,
      type: "service_unavailable_error",
      code: "server_is_overloaded",
    },
    tries: 3,
  },
  {
    what: "a model that does not answer in time",
    fault: failing("ModelTimeoutException"),
    type: OpenAI.InternalServerError,
    told: { status: 504, type: "api_error", code: "timeout" },
    tries: 3,
  },
];

for (const { what, fault, type, told, tries } of failed) {
  for (const streamed of [false, true]) {
    const how = streamed ? "streamed" : "at once";
    Deno.test(`openai: ${what} is a typed error, ${how}, after ${tries} tries`, () =>
      withFreshProject(stack, async (project) => {
        const { openai, exchanges } = await clientOfOneModel(project);
        await project.bedrock.addFaultRule(fault, { times: "until-removed" });
        const error = await failureOf(
          openai.chat.completions.create({ ...hello, stream: streamed }),
        );
        expect(error).toBeInstanceOf(type);
        expect(error).toMatchObject(told);
        const counts = Array.from({ length: tries }, (_, nth) => String(nth));
        expect(exchanges.map(({ retries }) => retries)).toEqual(counts);
        const rows = await project.sql`
          select client_retries, status from ai_usage
          where purpose = 'call' and status <> 'unanswered' order by client_retries`;
        expect(rows).toEqual(
          counts.map((nth) => ({ client_retries: Number(nth), status: "failed" })),
        );
      }));
  }
}

/** How a stream breaks after its first words. */
const breaks: readonly (readonly [what: string, fault: Fault, type: string])[] = [
  ["ends without an end", { kind: "cut", afterFrames: 4, how: "end" }, "api_error"],
  ["is reset", { kind: "cut", afterFrames: 4, how: "reset" }, "api_error"],
  [
    "is throttled",
    { kind: "exception-frame", exception: "ThrottlingException", atFrame: 4 },
    "rate_limit_error",
  ],
];

for (const [what, fault, type] of breaks) {
  Deno.test(`openai: a stream that ${what} is an error without a status, and never an answer`, () =>
    withFreshProject(stack, async (project) => {
      const { openai, exchanges } = await openaiClient(project);
      await project.bedrock.addFaultRule(fault);
      const stream = openai.chat.completions.stream({ ...hello, model: novaPro });
      let text = "";
      stream.on("content", (delta) => text += delta);
      const error = await failureOf(stream.finalChatCompletion());
      expect(error).toMatchObject({ status: undefined, error: { type } });
      expect(text).not.toBe("");
      expect(exchanges).toHaveLength(1);
    }));
}

const withClient = (test: (client: OpenAIClient, project: FreshProject) => Promise<void>) =>
  withOpenAI(stack, test);

Deno.test("openai: a model that is busy for a moment is asked again when it says so", () =>
  withFreshProject(stack, async (project) => {
    const { openai, exchanges } = await clientOfOneModel(project);
    const busy = failing("ThrottlingException", undefined, { retryAfterSeconds: 1 });
    await project.bedrock.addFaultRule(busy, { times: "until-removed" });
    const asked = openai.chat.completions.create(hello);
    await until(() => Promise.resolve(exchanges.length > 0), "the first try");
    await project.bedrock.clearFaultRules();
    expect((await asked).choices[0]?.message.content).toContain("“Hello”");
    expect(exchanges.length).toBeGreaterThan(1);
    expect(exchanges[0]!.response.headers.get("retry-after")).toBe("1");
  }));

Deno.test(
  "openai: paths that are not served say what to use",
  withClient(async ({ openai, exchanges }) => {
    const responses = await failureOf(
      openai.responses.create({ model: "default", input: "Hello" }),
    );
    expect(responses).toBeInstanceOf(OpenAI.NotFoundError);
    expect(responses.message).toMatch(/\.chat\(/);
    const embeddings = await failureOf(
      openai.embeddings.create({ model: "default", input: "Hello" }),
    );
    expect(embeddings).toBeInstanceOf(OpenAI.NotFoundError);
    const files = await failureOf(openai.files.list() as unknown as Promise<unknown>);
    expect(files).toBeInstanceOf(OpenAI.NotFoundError);
    expect(exchanges).toHaveLength(3);
  }),
);

Deno.test(
  "openai: models are listed by every name that a call may use, and each is found by it",
  withClient(async ({ openai }) => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(
      expect.arrayContaining([
        "default",
        "assistant/clinical",
        novaPro,
        "nova-pro",
        haiku,
        "claude-haiku-5-5",
      ]),
    );
    for (const id of ids) {
      expect(await openai.models.retrieve(id)).toMatchObject({ id, object: "model" });
    }
    const completion = await openai.chat.completions.create({
      ...hello,
      model: "claude-haiku-5-5",
    });
    expect(completion.model).toBe(haiku);
    const error = await failureOf(openai.models.retrieve("gpt-99"));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ param: "model", code: "model_not_found" });
  }),
);

Deno.test("openai: a user's token and a secret key are taken in a key's place", () =>
  withFreshProject(stack, async (project) => {
    for (const apiKey of [await project.token("clinician"), project.keys.secret]) {
      const openai = new OpenAI({ baseURL: openaiUrl(project), apiKey });
      const completion = await openai.chat.completions.create(hello);
      expect(completion.choices[0]?.message.content).toContain("“Hello”");
    }
  }));
