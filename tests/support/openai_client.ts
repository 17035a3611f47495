/** The package `openai`, as its makers publish it, with a key of its own. */
import OpenAI, { type ClientOptions } from "openai";
import { apiKeyOf } from "./api_key_of.ts";
import { type FreshProject, type RunningStack, withFreshProject } from "./fresh_project.ts";

/** One try of a request. */
export interface Exchange {
  /** The client's count of its retries. */
  readonly retries: string | null;
  readonly response: Response;
}

export interface OpenAIClient {
  readonly openai: OpenAI;
  /** All tries so far. */
  readonly exchanges: readonly Exchange[];
}

/** Where OpenAI's clients find a project. */
export function openaiUrl({ apiUrl }: Pick<RunningStack, "apiUrl">): string {
  return `${apiUrl}/functions/v1/openai/v1`;
}

/** A client with a new API key, unless the options name another. */
export async function openaiClient(
  project: FreshProject,
  options: ClientOptions = {},
): Promise<OpenAIClient> {
  const exchanges: Exchange[] = [];
  const openai = new OpenAI({
    baseURL: openaiUrl(project),
    apiKey: options.apiKey ?? await apiKeyOf(project.sql),
    ...options,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const retries = new Headers(init?.headers).get("x-stainless-retry-count");
      exchanges.push({ retries, response });
      return response;
    },
  });
  return { openai, exchanges };
}

/** A test with a client on a fresh project. */
export function withOpenAI(
  stack: RunningStack,
  test: (client: OpenAIClient, project: FreshProject) => Promise<void>,
): () => Promise<void> {
  return () =>
    withFreshProject(stack, async (project) => await test(await openaiClient(project), project));
}
