import type { ServerProcess } from "../processes/server_process.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import {
  type FunctionName,
  functionsEnv,
  startFunctionServer,
} from "../servers/function_servers.ts";
import { question } from "../upstream/recorded_answers.ts";

/** A streamed answer. Times are milliseconds of one clock. */
export interface SeenAnswer {
  readonly process: number;
  readonly sentAt: number;
  /** When its first text was there: by then the model was chosen. */
  readonly begunAt: number;
  readonly endedAt: number;
  readonly modelId: string;
  readonly registryVersion: number;
}

/** Asks a process once, for a stream. */
export type Asker = () => Promise<SeenAnswer>;

/** How clients ask a function for what its default answers. */
interface Client {
  readonly path: string;
  readonly body: string;
  readonly firstText: string;
  readonly ended: string;
}

const messages = [{ role: "user", content: question }];
const called = JSON.stringify({ model: "default", messages, max_tokens: 512, stream: true });

const clients: Readonly<Record<FunctionName, Client>> = {
  chat: {
    path: "/chat",
    body: JSON.stringify({ message: question, stream: true }),
    firstText: "event: text-delta",
    ended: "event: done",
  },
  openai: {
    path: "/openai/v1/chat/completions",
    body: called,
    firstText: '"content":"',
    ended: "[DONE]",
  },
  anthropic: {
    path: "/anthropic/v1/messages",
    body: called,
    firstText: "content_block_delta",
    ended: "event: message_stop",
  },
};

/** Starts processes of functions; each is stopped with `cleanUp`. */
export async function startFunctions(
  names: readonly FunctionName[],
  stack: RunningStack,
  upstream: ServerProcess,
  cleanUp: AsyncDisposableStack,
): Promise<readonly ServerProcess[]> {
  return await Promise.all(names.map(async (name) => {
    const server = await startFunctionServer(name, functionsEnv(stack, upstream));
    cleanUp.defer(() => server.stop());
    return server;
  }));
}

/**
 * Asks processes of functions, one for each of them.
 *
 * @param bearers tokens of users, or API keys; each process goes round them
 */
export function askersOf(
  servers: readonly ServerProcess[],
  bearers: readonly string[],
): readonly Asker[] {
  return servers.map(({ name, origin }, process) => {
    const client = clients[name as FunctionName];
    let next = process;
    return () => ask(`${origin}${client.path}`, client, bearers[next++ % bearers.length]!, process);
  });
}

async function ask(
  url: string,
  { body, firstText, ended }: Client,
  bearer: string,
  process: number,
): Promise<SeenAnswer> {
  const sentAt = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body,
    signal: AbortSignal.timeout(30_000),
  });
  let begunAt = NaN;
  let text = "";
  for await (
    const part of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())
  ) {
    text += part;
    if (Number.isNaN(begunAt) && text.includes(firstText)) begunAt = performance.now();
  }
  if (!text.includes(ended)) throw new Error(`status ${response.status}: ${text.slice(0, 300)}`);
  const said = (header: string, field: RegExp) =>
    response.headers.get(`x-switchboard-${header}`) ?? field.exec(text)?.[1] ?? "";
  return {
    process,
    sentAt,
    begunAt,
    endedAt: performance.now(),
    modelId: said("model", /"model_id":"([^"]+)"/),
    registryVersion: Number(said("registry-version", /"registry_version":(\d+)/)),
  };
}
