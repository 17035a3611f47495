/** The servers whose overhead is compared, and how each of them is asked. */
import { fileURLToPath } from "node:url";
import { startFunction } from "../../local/functions/start_function.ts";
import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import type { FollowUp, RequestSpec } from "../load/job.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import { type ServerProcess, startServer } from "../processes/server_process.ts";
import { question, type RecordedAnswers, recordedModel } from "../upstream/recorded_answers.ts";

/** One kind of answer that is asked for. */
export type Mode = "json" | "stream";

/** How a contender is asked, and how its answers are recognised. */
export interface Asking {
  readonly requests: readonly RequestSpec[];
  readonly expect: string;
  readonly firstText?: string;
  readonly followUp?: FollowUp;
}

export interface Contender {
  readonly name: ContenderName;
  readonly server: ServerProcess;
  /** Null where it has no such mode. */
  ask(mode: Mode): Asking | null;
}

export type ContenderName =
  | "upstream alone"
  | "bare Deno proxy"
  | "AWS SDK server"
  | "AI SDK server"
  | "Portkey"
  | "chat, in memory"
  | "chat"
  | "two bare RPCs";

const bench = fileURLToPath(new URL("..", import.meta.url));

/** Runs a file of the benchmark with a configuration of its own. */
function denoCommand(file: string, config: string, permissions: string[]): string[] {
  return [
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--config", config, ...permissions],
    `${bench}${file}`,
  ];
}

export async function startUpstream(answers: RecordedAnswers): Promise<ServerProcess> {
  const port = freePort();
  return await startServer({
    name: "upstream",
    port,
    command: denoCommand("upstream/main.ts", `${projectRoot}/deno.json`, [
      "--allow-net=127.0.0.1",
      "--allow-env",
    ]),
    env: { PORT: String(port), RECORDED_ANSWERS: JSON.stringify(answers) },
  });
}

/** Says how long the upstream takes to its first byte. */
export async function delayUpstream(upstream: ServerProcess, ms: number): Promise<void> {
  const response = await fetch(`${upstream.origin}/_bench/delay`, {
    method: "POST",
    body: String(ms),
  });
  await response.body?.cancel();
}

/** Passed on by the upstream and the proxy as they are. */
function askBedrock(mode: Mode): Asking {
  const operation = mode === "json" ? "invoke" : "invoke-with-response-stream";
  const body = JSON.stringify({
    schemaVersion: "messages-v1",
    messages: [{ role: "user", content: [{ text: question }] }],
    inferenceConfig: { maxTokens: 512 },
  });
  const path = `/model/${encodeURIComponent(recordedModel)}/${operation}`;
  return mode === "json"
    ? { requests: [{ path, headers: {}, body }], expect: "stand-in" }
    : { requests: [{ path, headers: {}, body }], expect: "chunk", firstText: "chunk" };
}

/** As the minimal servers are asked. */
function askMinimal(mode: Mode): Asking {
  const body = JSON.stringify({
    model: recordedModel,
    message: question,
    stream: mode === "stream",
  });
  const requests = [{ path: "/", headers: {}, body }];
  return mode === "json"
    ? { requests, expect: "stand-in" }
    : { requests, expect: "[DONE]", firstText: "stand-in" };
}

function askPortkey(upstream: ServerProcess): (mode: Mode) => Asking {
  const headers = {
    "x-portkey-provider": "bedrock",
    "x-portkey-aws-region": "eu-central-1",
    "x-portkey-aws-access-key-id": "bench",
    "x-portkey-aws-secret-access-key": "bench",
    "x-portkey-custom-host": upstream.origin,
  };
  return (mode) => {
    const body = JSON.stringify({
      model: recordedModel,
      messages: [{ role: "user", content: question }],
      max_tokens: 512,
      ...(mode === "stream" && { stream: true }),
    });
    const requests = [{ path: "/v1/chat/completions", headers, body }];
    return mode === "json"
      ? { requests, expect: "stand-in" }
      : { requests, expect: "[DONE]", firstText: "stand-in" };
  };
}

export function askChat(tokens: readonly string[]): (mode: Mode) => Asking {
  return (mode) => {
    const body = JSON.stringify({
      message: question,
      ...(mode === "stream" && { stream: true }),
    });
    const requests = tokens.map((token) => ({
      path: "/chat",
      headers: { authorization: `Bearer ${token}` },
      body,
    }));
    return mode === "json"
      ? { requests, expect: "stand-in" }
      : { requests, expect: "event: done", firstText: "stand-in" };
  };
}

/** What the API server itself takes for the two calls of a turn, asked directly. */
export function askTwoRpcs(stack: RunningStack, userIds: readonly string[]): Asking {
  const headers = {
    apikey: stack.keys.secret,
    authorization: `Bearer ${stack.keys.secret}`,
  };
  return {
    requests: userIds.map((userId) => ({
      path: "/rest/v1/rpc/begin_chat_turn",
      headers,
      body: JSON.stringify({
        p_user_id: userId,
        p_request_id: "{uuid}",
        p_message: question,
        p_history_turns: 50,
        p_history_characters: 128_000,
        p_stale_after_ms: 135_000,
      }),
    })),
    followUp: {
      path: "/rest/v1/rpc/complete_chat_turn",
      capture: '"question_id": ?"([^"]+)"',
      body: JSON.stringify({
        p_question_id: "{captured}",
        p_answer_id: "{uuid}",
        p_attempt: 1,
        p_status: "complete",
        p_content: "x".repeat(250),
        p_model_used: recordedModel,
        p_reason: "assistant",
        p_registry_version: 1,
        p_input_tokens: 70,
        p_output_tokens: 60,
        p_cache_read_tokens: 0,
        p_cache_write_tokens: 0,
        p_response_time_ms: 5,
        p_time_to_first_token_ms: 5,
        p_stop_reason: "end_turn",
      }),
    },
    expect: "cost_usd",
  };
}

/** Starts everything that is compared, all on the same upstream. */
export async function startContenders(
  stack: RunningStack,
  upstream: ServerProcess,
  users: readonly { readonly id: string; readonly token: string }[],
): Promise<readonly Contender[]> {
  const rivalsConfig = `${bench}rivals/deno.json`;
  const permissions = ["--allow-net=127.0.0.1", "--allow-env", "--allow-read", "--allow-sys"];
  const rival = (name: ContenderName, file: string) => {
    const port = freePort();
    return startServer({
      name,
      port,
      command: denoCommand(`rivals/${file}`, rivalsConfig, permissions),
      env: { PORT: String(port), UPSTREAM_URL: upstream.origin },
    });
  };
  const tokens = users.map(({ token }) => token);
  const started: Contender[] = [];
  try {
    const add = (
      name: ContenderName,
      server: ServerProcess,
      ask: (mode: Mode) => Asking | null,
    ) => started.push({ name, server, ask });
    add("upstream alone", { ...upstream, stop: () => Promise.resolve() }, askBedrock);
    add("bare Deno proxy", await rival("bare Deno proxy", "deno_proxy.ts"), askBedrock);
    add("AWS SDK server", await rival("AWS SDK server", "aws_sdk_server.ts"), askMinimal);
    add("AI SDK server", await rival("AI SDK server", "ai_sdk_server.ts"), askMinimal);
    add("Portkey", await startPortkey(), askPortkey(upstream));
    add("chat, in memory", await startInMemoryChat(stack, upstream), askChat(tokens));
    add("chat", await startChat(stack, upstream), askChat(tokens));
    const api = {
      name: "API",
      origin: stack.apiUrl,
      pid: stack.pid,
      stop: () => Promise.resolve(),
    };
    const rpcs = askTwoRpcs(stack, users.map(({ id }) => id));
    add("two bare RPCs", api, (mode) => mode === "json" ? rpcs : null);
    return started;
  } catch (error) {
    await stopContenders(started);
    throw error;
  }
}

export async function stopContenders(contenders: readonly Contender[]): Promise<void> {
  await Promise.all(contenders.map(({ server }) => server.stop()));
}

/** On Node, as its makers run it. */
async function startPortkey(): Promise<ServerProcess> {
  const port = freePort();
  return await startServer({
    name: "Portkey",
    port,
    command: ["node", `${bench}rivals/portkey.mjs`, "--headless", `--port=${port}`],
    env: { NODE_ENV: "production" },
  });
}

/** What the functions see, with the upstream in Bedrock's place. */
export function functionsEnv(stack: RunningStack, upstream: ServerProcess): Record<string, string> {
  return { ...stack.functionsEnv, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.origin };
}

/** Runs one of our variants of `chat`, with its packages and permissions. */
export async function startVariant(
  file: string,
  stack: RunningStack,
  upstream: ServerProcess,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const port = freePort();
  return await startServer({
    name: file,
    port,
    command: [
      ...[Deno.execPath(), "serve", "--host", "127.0.0.1", "--port", String(port), "--quiet"],
      ...["--config", `${projectRoot}/supabase/functions/chat/deno.json`, "--no-lock"],
      ...["--no-prompt", "--allow-net", "--allow-env", `${bench}ours/${file}`],
    ],
    env: { ...functionsEnv(stack, upstream), ...env },
  });
}

async function startInMemoryChat(
  stack: RunningStack,
  upstream: ServerProcess,
): Promise<ServerProcess> {
  const [row] = await stack.sql`select public.read_registry() as registry`;
  const env = { REGISTRY: JSON.stringify(row?.registry) };
  return await startVariant("in_memory_chat.ts", stack, upstream, env);
}

export async function startChat(
  stack: RunningStack,
  upstream: ServerProcess,
): Promise<ServerProcess> {
  const process = await startFunction({ name: "chat", env: functionsEnv(stack, upstream) });
  return {
    name: "chat",
    origin: `http://127.0.0.1:${process.port}`,
    pid: process.process.pid,
    stop: () => process.stop(),
  };
}
