/** An API key as clients carry it, through the platform's gateway, until it is revoked. */
import { z } from "zod";
import { question } from "./answer_checks.ts";
import { expectThat, noteTokens, type SmokeCheck, type SmokeContext } from "./check.ts";
import { CheckFailed } from "./check_failed.ts";
import type { CallerHeaders } from "./smoke_project.ts";

const hourMs = 3_600_000;

/** How clients carry a key. */
const carriers: Readonly<Record<string, (key: string) => CallerHeaders>> = {
  "Bearer": (key) => ({ authorization: `Bearer ${key}` }),
  "x-api-key": (key) => ({ "x-api-key": key }),
};

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });
const completionSchema = z.object({
  model: z.string(),
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).optional(),
});
const refusalSchema = z.object({ error: z.object({ code: z.string().nullable() }) });

export const keyCheck: SmokeCheck = {
  name: "openai with an API key, until it is revoked",
  run: async (context) => {
    const { project, credentials, afterwards } = context;
    const operator = { apikey: credentials.secretKey };
    const name = `Smoke test ${crypto.randomUUID()}`;
    // By its name: a key whose answer does not arrive is made as well.
    const revoke = async () => {
      const { api_keys } = await project.manage({ action: "list-api-keys" }, operator);
      for (const { id } of api_keys.filter((key) => key.name === name)) {
        await project.manage({ action: "revoke-api-key", id }, operator);
      }
    };
    afterwards("revoke the API key", revoke);
    const { key } = await project.manage({
      action: "create-api-key",
      name,
      dialects: ["openai"],
      expires_at: new Date(Date.now() + hourMs).toISOString(),
    }, operator);

    const counts = [];
    for (const [carrier, headersOf] of Object.entries(carriers)) {
      const response = await project.openai("models", headersOf(key));
      const { data } = await read(response, modelsSchema, `models, by ${carrier}`);
      expectThat(data.some(({ id }) => id === "default"), "the list of models has no `default`");
      counts.push(`${data.length} names by ${carrier}`);
    }
    const answered = await complete(context, key);
    await revoke();
    for (const [carrier, headersOf] of Object.entries(carriers)) {
      const response = await project.openai("models", headersOf(key));
      const said = await describeRefusal(response);
      expectThat(said === "401 invalid_api_key", `revoked, by ${carrier}: ${said}`);
    }
    return [...counts, answered, "revoked: 401 invalid_api_key"].join("; ");
  },
};

/** Asks once. @returns figures and names of the answer */
async function complete({ project, credentials, figures }: SmokeContext, key: string) {
  const response = await project.openai("chat/completions", { authorization: `Bearer ${key}` }, {
    model: "default",
    messages: [{ role: "user", content: question }],
  });
  const { model, choices: [{ message }], usage } = await read(response, completionSchema, "a call");
  expectThat(message.content.trim() !== "", "the answer has no text");
  figures.answers++;
  const operator = { apikey: credentials.secretKey };
  const { models } = await project.manage({ action: "list" }, operator);
  const row = models.find(({ model_id }) => model_id === model);
  if (row === undefined) throw new CheckFailed(`the answer names ${model}, which is no model`);
  noteTokens(
    figures,
    row,
    usage === undefined ? null : { input: usage.prompt_tokens, output: usage.completion_tokens },
  );
  return `${model}, ${usage?.prompt_tokens ?? "?"}+${usage?.completion_tokens ?? "?"} tokens`;
}

/** @throws {CheckFailed} for anything but an answer */
async function read<T>(response: Response, schema: z.ZodType<T>, what: string): Promise<T> {
  if (!response.ok) throw new CheckFailed(`${what}: ${await describeRefusal(response)}`);
  const answer = schema.safeParse(await response.json().catch(() => null));
  if (!answer.success) throw new CheckFailed(`${what}: the answer is not OpenAI's`);
  return answer.data;
}

async function describeRefusal(response: Response): Promise<string> {
  const body = refusalSchema.safeParse(await response.json().catch(() => null));
  return `${response.status} ${body.data?.error.code ?? "without OpenAI's envelope"}`;
}
