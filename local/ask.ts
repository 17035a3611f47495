/**
 * Asks an assistant a question as one of the demo users: `deno task ask --as patient "…"`.
 */
import { parseArgs } from "node:util";
import { askChat } from "./client/ask_chat.ts";
import { attachFile, type NamedFile, readJsonFile } from "./client/attach_file.ts";
import { readFunctionName } from "./client/function_name.ts";
import { ClientError, UsageError } from "./client/client_error.ts";
import { describeAnswer, describeContent, printable } from "./client/describe_answer.ts";
import { lastConversation } from "./client/last_conversation.ts";
import { isPersona, type Persona, personaNames } from "./client/personas.ts";
import { readProject } from "./client/project.ts";
import { signIn } from "./client/sign_in.ts";
import { type ChatRequest, efforts } from "../supabase/functions/_shared/contract/chat_request.ts";

type Effort = typeof efforts[number];

const usage = `Usage: deno task ask --as ${personaNames.join("|")} [options] "question"

Signs in as a demo user of the embedded stack, asks the assistant of that user, and prints the
answer, then which model gave it, why, and at what cost.

Options:
  --as NAME        whom to ask as
  --continue       go on with that user's last conversation; otherwise a new one begins
  --model ID       ask for this model
  --use-case NAME  ask for the model of this use case
  --image FILE     attach an image: PNG, JPEG, GIF or WebP; may be repeated
  --document FILE  attach a document: PDF, Word, Excel, CSV, HTML, text or Markdown; may be repeated
  --effort LEVEL   how much the model is to think: ${efforts.join(", ")}
  --thinking       print the model's thinking, too
  --tools FILE     offer these tools: a JSON list of {name, description, input_schema}; a call of one
                   is printed, and not run
  --schema FILE    make the answer JSON that fits this JSON schema
  --chat-name NAME
                   the function's name, where chat was installed under another
  --json           print the answer of the API
  -h, --help       print this

Environment:
  SUPABASE_URL     the project's URL; default http://127.0.0.1:<SWITCHBOARD_API_PORT or 54321>
  SUPABASE_PUBLISHABLE_KEY
                   its publishable key; default the local one`;

/** A question as the command line puts it. */
export interface Question {
  readonly persona: Persona;
  /** May be empty beside files. */
  readonly message: string;
  readonly files: readonly NamedFile[];
  readonly effort: Effort | undefined;
  readonly thinking: boolean;
  readonly tools: string | undefined;
  readonly schema: string | undefined;
  readonly continued: boolean;
  readonly modelId: string | undefined;
  readonly useCase: string | undefined;
  readonly chatName: string;
  readonly json: boolean;
}

/**
 * Reads the command line; null stands for `--help`.
 *
 * @throws {UsageError} with what is wrong with it.
 */
export function parseQuestion(args: readonly string[]): Question | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  if (!isPersona(values.as)) {
    throw new UsageError(
      values.as === undefined
        ? `--as is missing: one of ${personaNames.join(", ")}.`
        : `There is no "${values.as}" to ask as: one of ${personaNames.join(", ")}.`,
    );
  }
  const message = positionals.join(" ");
  const files = [
    ...values.image.map((path) => ({ kind: "image", path }) as const),
    ...values.document.map((path) => ({ kind: "document", path }) as const),
  ];
  if (message.trim() === "" && files.length === 0) {
    throw new UsageError("The question is missing.");
  }
  return {
    persona: values.as,
    message,
    files,
    effort: readEffort(values.effort),
    thinking: values.thinking,
    tools: values.tools,
    schema: values.schema,
    continued: values.continue,
    modelId: values.model,
    useCase: values["use-case"],
    chatName: readFunctionName("chat", values["chat-name"]),
    json: values.json,
  };
}

/** Asks, and prints the answer. */
export async function ask(
  question: Question,
  env: (name: string) => string | undefined,
  print: (text: string) => void,
): Promise<void> {
  // First, so that a file that cannot be sent costs nothing.
  const content = await readContent(question, env);
  const client = await signIn(await readProject(env), question.persona);
  const answer = await askChat(client, {
    ...content,
    effort: question.effort,
    thinking: question.thinking || undefined,
    conversation_id: question.continued ? await lastConversation(client) : undefined,
    model_id: question.modelId,
    use_case: question.useCase,
  }, { chatName: question.chatName });
  if (question.json) {
    print(JSON.stringify(answer.raw, null, 2));
  } else {
    print(`${printable(describeContent(answer))}\n\n${describeAnswer(answer)}`);
  }
}

/** What is said, with the files of the command line. */
async function readContent(
  { message, files, tools, schema }: Question,
  env: (name: string) => string | undefined,
): Promise<Pick<ChatRequest, "message" | "content" | "tools" | "output_schema">> {
  // deno task changes to the project's folder; the paths are meant from where it was called.
  const from = env("INIT_CWD") || ".";
  const text = message.trim() === "" ? [] : [{ type: "text", text: message } as const];
  const blocks = await Promise.all(files.map((file) => attachFile(file, from)));
  const read = (option: string, path: string | undefined) =>
    path === undefined ? undefined : readJsonFile(option, path, from);
  return {
    ...(files.length === 0 ? { message } : { content: [...blocks, ...text] }),
    tools: await read("--tools", tools) as ChatRequest["tools"],
    output_schema: await read("--schema", schema) as ChatRequest["output_schema"],
  };
}

function readEffort(effort: string | undefined): Effort | undefined {
  if (effort === undefined) return undefined;
  const known = efforts.find((name) => name === effort);
  if (known === undefined) {
    throw new UsageError(`There is no effort "${effort}": one of ${efforts.join(", ")}.`);
  }
  return known;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        as: { type: "string" },
        continue: { type: "boolean", default: false },
        model: { type: "string" },
        "use-case": { type: "string" },
        image: { type: "string", multiple: true, default: [] },
        document: { type: "string", multiple: true, default: [] },
        effort: { type: "string" },
        thinking: { type: "boolean", default: false },
        tools: { type: "string" },
        schema: { type: "string" },
        "chat-name": { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    // Thrown with a code such as ERR_PARSE_ARGS_UNKNOWN_OPTION and a message for users.
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

if (import.meta.main) {
  try {
    const question = parseQuestion(Deno.args);
    if (question === null) console.log(usage);
    else await ask(question, (name) => Deno.env.get(name), console.log);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee: deno task ask --help`);
      Deno.exit(2);
    }
    if (!(error instanceof ClientError || error instanceof RangeError)) throw error;
    console.error(printable(error.message));
    Deno.exit(1);
  }
}
