/** Real answers of the models, whole and as a stream. */
import {
  type ChatAnswer,
  chatEventSchemas,
} from "../../supabase/functions/_shared/contract/chat_answer.ts";
import { expectThat, type SmokeCheck, type SmokeContext } from "./check.ts";
import { CheckFailed } from "./check_failed.ts";
import { type Persona, personas } from "./credentials.ts";
import { type CallerHeaders, describeRefusal, readRefusal } from "./smoke_project.ts";

/** Short, so that the answer is: it is paid for. */
export const question = "Smoke test. Answer with the one word: ready.";

const usd = (amount: number) => `$${amount.toFixed(6)}`;

/** A question as it is sent. */
interface Asked {
  readonly headers: CallerHeaders;
  readonly body: { readonly message: string; readonly request_id: string };
  /** Counts its answer. */
  readonly noteAnswer: (answer: ChatAnswer) => ChatAnswer;
}

/**
 * Makes a question of a test user. Its conversation goes afterwards, whatever comes of the turn: one
 * that fails, or whose answer does not arrive, is stored as well.
 */
async function prepare(context: SmokeContext, persona: Persona): Promise<Asked> {
  const { figures, project, afterwards } = context;
  const headers = await context.as(persona);
  const request_id = crypto.randomUUID();
  let answered = false;
  afterwards("delete a conversation of this test", async () => {
    const wasThere = await project.deleteConversationOf(request_id, headers);
    expectThat(wasThere || !answered, "the conversation was not there");
  });
  return {
    headers,
    body: { message: question, request_id },
    noteAnswer: (answer) => {
      answered = true;
      figures.answers++;
      if (answer.usage.cost_usd === null) figures.unpriced++;
      else figures.costUsd += answer.usage.cost_usd;
      return answer;
    },
  };
}

/** Asks as a test user in a new conversation, which is deleted afterwards. */
export async function ask(context: SmokeContext, persona: Persona): Promise<ChatAnswer> {
  const { headers, body, noteAnswer } = await prepare(context, persona);
  return noteAnswer(await context.project.chat(body, headers));
}

/** Figures and names of an answer, none of its words. */
export function describeAnswer({ model, usage, response_time_ms }: ChatAnswer): string {
  return [
    model.model_id,
    model.reason,
    ...model.fallback_code ? [`for ${model.requested_model}: ${model.fallback_code}`] : [],
    `${usage.input_tokens ?? "?"}+${usage.output_tokens ?? "?"} tokens`,
    usage.cost_usd === null ? "price unknown" : usd(usage.cost_usd),
    `${response_time_ms} ms`,
  ].join(", ");
}

function answers(persona: Persona): SmokeCheck {
  return {
    name: `answer to the ${persona}`,
    persona,
    run: async (context) => {
      const answer = await ask(context, persona);
      expectThat(answer.message.content.trim() !== "", "the answer has no text");
      expectThat(answer.message.status === "complete", `the answer is ${answer.message.status}`);
      return describeAnswer(answer);
    },
  };
}

const streams: SmokeCheck = {
  name: "stream to the user",
  run: async (context) => {
    const { headers, body, noteAnswer } = await prepare(context, "user");
    const startedAt = performance.now();
    const response = await context.project.post("chat", { ...body, stream: true }, headers);
    if (!response.ok) throw new CheckFailed(describeRefusal(await readRefusal(response)));
    let firstText: number | null = null;
    const names: string[] = [];
    let done: ChatAnswer | null = null;
    for await (const { name, data } of readEvents(response)) {
      names.push(name);
      if (name === "text-delta") firstText ??= performance.now() - startedAt;
      if (name === "error") {
        const error = chatEventSchemas.error.safeParse(data);
        throw new CheckFailed(`the stream ended with ${error.data?.code ?? "an unknown error"}`);
      }
      if (name === "done") done = chatEventSchemas.done.safeParse(data).data ?? null;
    }
    if (done === null) throw new CheckFailed("the stream ended without `done`");
    noteAnswer(done);
    expectThat(names[0] === "turn-start", `it began with ${names[0]}`);
    expectThat(names.filter((name) => name === "done").length === 1, "`done` came more than once");
    expectThat(firstText !== null, "no text came");
    return `first text after ${Math.round(firstText ?? 0)} ms, ${describeAnswer(done)}`;
  },
};

async function* readEvents(response: Response): AsyncGenerator<{ name: string; data: unknown }> {
  let received = "";
  const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
  for await (const chunk of text) {
    received += chunk;
    const events = received.split("\n\n");
    received = events.pop() ?? "";
    for (const event of events) {
      const [, name, data] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? [];
      if (name !== undefined && data !== undefined) yield { name, data: JSON.parse(data) };
    }
  }
  expectThat(received === "", "the stream ended inside an event");
}

export const answerChecks: readonly SmokeCheck[] = [...personas.map(answers), streams];
