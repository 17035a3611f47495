/** The package `@anthropic-ai/sdk`, as its makers publish it, in both of its versions in use. */
import Anthropic, { type ClientOptions } from "@anthropic-ai/sdk";
import EarlierAnthropic from "@anthropic-ai/sdk-0.122";
import { apiKeyOf } from "./api_key_of.ts";
import { type FreshProject, type RunningStack, withFreshProject } from "./fresh_project.ts";

/** What a client sent and got, each try of it. */
export interface Exchange {
  readonly sent: Headers;
  readonly response: Response;
}

export interface Client {
  readonly anthropic: Anthropic;
  readonly exchanges: Exchange[];
}

/**
 * The current one sends its key as a Bearer, 0.122, which others pin, as `x-api-key`. Both have the
 * same methods, as far as they are used here.
 */
export const versions = {
  "1.14": Anthropic,
  "0.122": EarlierAnthropic as unknown as typeof Anthropic,
};
export type Version = keyof typeof versions;

/** A client with a key of its own. */
export async function clientOf(
  { apiUrl, sql }: FreshProject,
  version: Version,
  options: ClientOptions = {},
): Promise<Client> {
  const exchanges: Exchange[] = [];
  const anthropic = new versions[version]({
    baseURL: `${apiUrl}/functions/v1/anthropic`,
    apiKey: await apiKeyOf(sql),
    ...options,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      exchanges.push({ sent: new Headers(init?.headers), response });
      return response;
    },
  });
  return { anthropic, exchanges };
}

/** A test with a client of each version. */
export type TestEach = (
  name: string,
  test: (client: Client, project: FreshProject, version: Version) => Promise<void>,
) => void;

export function testEachOn(stack: RunningStack): TestEach {
  return (name, test) => {
    for (const version of Object.keys(versions) as Version[]) {
      Deno.test(`@anthropic-ai/sdk ${version}: ${name}`, () =>
        withFreshProject(stack, async (project) => {
          await test(await clientOf(project, version), project, version);
        }));
    }
  };
}

export const user = (content: Anthropic.MessageParam["content"]) => ({
  role: "user" as const,
  content,
});
/** What every request has, with a question. */
export const asking = (content: Anthropic.MessageParam["content"] = "Hello") => ({
  model: "default",
  max_tokens: 500,
  messages: [user(content)],
});

export function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => block.type === "text" ? block.text : "").join("");
}

/** A tool with an argument and one without. */
export const tools: Anthropic.Tool[] = [
  {
    name: "get_weather",
    description: "The weather of a place.",
    input_schema: { type: "object", properties: { place: { type: "string" } } },
  },
  { name: "list_places", input_schema: { type: "object", properties: {} } },
];
