/** What an error tells whom: operators all of it, users only what users can act on. */
import { expect } from "@std/expect";
import { createClient } from "@supabase/supabase-js";
import { withChatProcess } from "../support/chat_process.ts";
import { collectEvents } from "../support/event_stream.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { operatorsWords } from "../support/operators_words.ts";
import { type Persona, post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const denied =
  "User: arn:aws:iam::123456789012:user/app is not authorized to perform: bedrock:InvokeModel " +
  "on resource: arn:aws:bedrock:eu-north-1::foundation-model/x because no identity-based policy allows it";

interface Trouble {
  readonly prepare: (project: FreshProject) => Promise<unknown>;
  readonly status: number;
  readonly code: string;
  /** What a user is told. */
  readonly user: string;
  /** What an operator is told: the message, and the hint, which the log holds too. */
  readonly operator: readonly [message: string, hint: string];
}

const refusing = (exception: string, message: string) => ({ bedrock }: FreshProject) =>
  bedrock.addFaultRule({ kind: "error", exception, message } as never);

const troubles: readonly Trouble[] = [
  {
    prepare: refusing("AccessDeniedException", denied),
    status: 502,
    code: "bedrock_access_denied",
    user: "The request cannot be answered at present.",
    operator: ["in eu-north-1.", "Allow bedrock:InvokeModel "],
  },
  {
    prepare: refusing("AccessDeniedException", "INVALID_PAYMENT_INSTRUMENT"),
    status: 502,
    code: "bedrock_access_denied",
    user: "The request cannot be answered at present.",
    operator: ["no valid payment method.", "Correct the payment method"],
  },
  {
    prepare: refusing("ValidationException", "Malformed input request: [x] is not permitted."),
    status: 502,
    code: "bedrock_request_refused",
    user: "The request cannot be answered at present.",
    operator: ["a body of this format.", "Check format in the model's row of bedrock_models"],
  },
  {
    prepare: ({ sql }) => sql`update ai_assistants set is_active = false`,
    status: 409,
    code: "assistant_inactive",
    user: "The request cannot be answered at present.",
    operator: [" is not active.", "Set is_active in ai_assistants"],
  },
  {
    prepare: ({ sql }) => sql`update registry_settings set allowed_geographies = '{apac}'`,
    status: 503,
    code: "no_model_available",
    user: "The request cannot be answered at present. Try again in a minute.",
    operator: ["No model is available.", "An operator has to enable a model"],
  },
];

/** Asks, and returns status, code and words of the error. */
async function refusedTo(persona: Persona, project: FreshProject, url: string, stream: boolean) {
  const headers = { authorization: `Bearer ${await project.token(persona)}` };
  if (!stream) {
    const { status, body } = await post(url, { message: "Hello", fallback: false }, headers);
    return { status, ...body.error };
  }
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ message: "Hello", fallback: false, stream: true }),
  });
  if (!response.ok) return { status: response.status, ...(await response.json()).error };
  const last = (await collectEvents(response)).at(-1);
  expect(last?.event).toBe("error");
  return { status: null, ...last?.data as Record<string, unknown> };
}

const wordsOf = ({ message, hint }: { message: string; hint?: string }) =>
  [message, hint].filter(Boolean).join(" ");

for (const { prepare, status, code, user, operator } of troubles) {
  Deno.test(`chat tells only operators what to do about ${code}: ${operator[1]}`, () =>
    withFreshProject(stack, async (project) => {
      const lines: string[] = [];
      await withChatProcess(
        stack,
        async (url) => {
          const asked = async (persona: Persona, stream: boolean) => {
            await project.bedrock.clearFaultRules();
            await prepare(project);
            return await refusedTo(persona, project, url, stream);
          };
          for (const stream of [false, true]) {
            const shown = await asked("patient", stream);
            expect([shown.status ?? status, shown.code]).toEqual([status, code]);
            expect(wordsOf(shown)).toBe(user);
            expect(wordsOf(shown)).not.toMatch(operatorsWords);

            const told = await asked("admin", stream);
            expect([told.status ?? status, told.code]).toEqual([status, code]);
            for (const words of operator) expect(wordsOf(told)).toContain(words);
          }
          const logged = () => lines.filter((line) => line.includes(`"${code}"`));
          // A line is written before its answer, and may be read after it.
          for (let n = 0; n < 500 && logged().length < 4; n++) {
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          expect(logged()).toHaveLength(4);
          for (const line of logged()) expect(JSON.parse(line).detail).toContain(operator[1]);
        },
        {},
        (line) => lines.push(line),
      );
    }));
}

Deno.test("a failed turn's messages hold the code, and no operator's words", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException", message: denied },
    );
    const { body } = await project.ask("patient", { message: "Hello", fallback: false });
    expect(body.error.code).toBe("bedrock_access_denied");
    const client = createClient(project.apiUrl, project.keys.publishable, {
      accessToken: () => project.token("patient"),
    });
    const columns = "role,content,status,error_code,fallback_code,stop_reason,reason";
    const { data } = await client.from("ai_messages").select(columns).order("seq");
    expect(data).toMatchObject([
      { role: "user", status: "failed", error_code: "bedrock_access_denied" },
      { role: "assistant", content: "", status: "failed", error_code: "bedrock_access_denied" },
    ]);
    expect(JSON.stringify(data)).not.toMatch(/bedrock:|IAM|eu-north-1/);
  }));

Deno.test("manage-bedrock-models tells operators what to do, by key and as a platform admin", () =>
  withFreshProject(stack, async (project) => {
    const url = `${project.apiUrl}/functions/v1/manage-bedrock-models`;
    const model_id = "eu.amazon.nova-lite-v1:0";
    await project
      .sql`update bedrock_models set input_cost_per_mtok = null where model_id = ${model_id}`;
    for (const credential of [project.keys.secret, await project.token("admin")]) {
      const headers = { authorization: `Bearer ${credential}` };
      const { body } = await post(url, { action: "set-default", model_id }, headers);
      expect(wordsOf(body.error)).toMatch(/Set its price \(set-price/);
    }
    const headers = { authorization: `Bearer ${await project.token("patient")}` };
    const { status, body } = await post(url, { action: "set-default", model_id }, headers);
    expect([status, body.error.code]).toEqual([403, "forbidden"]);
    expect(wordsOf(body.error)).not.toMatch(/bedrock_models|ai_user_roles|assistant_type/);
  }));
