/** The servers that are compared: the baselines and our functions, on the same upstream. */
import { freePort } from "../../local/ports.ts";
import { baselinesConfig, benchDir } from "../paths.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import { denoCommand, type ServerProcess, startServer } from "../processes/server_process.ts";
import type { BenchUser } from "../users.ts";
import { functionsEnv, startChat, startFunctionServer, startInMemory } from "./function_servers.ts";
import {
  anthropicRequests,
  bedrockRequests,
  chatRequests,
  minimalRequests,
  type Mode,
  openaiRequests,
  portkeyRequests,
  type RequestSet,
  rpcRequests,
} from "./request_sets.ts";

export type ServerName =
  | "upstream alone"
  | "AWS SDK server"
  | "AWS SDK server, by fetch"
  | "AI SDK server"
  | "Portkey"
  | "chat, in memory"
  | "openai, in memory"
  | "anthropic, in memory"
  | "chat"
  | "openai"
  | "anthropic"
  | "two bare RPCs";

export interface MeasuredServer {
  readonly name: ServerName;
  readonly server: ServerProcess;
  /** Null for a mode that the server does not have. */
  requests(mode: Mode): RequestSet | null;
}

/** What the servers need, and who asks them. */
export interface ServersOptions {
  readonly stack: RunningStack;
  readonly upstream: ServerProcess;
  readonly users: readonly BenchUser[];
  readonly apiKey: string;
}

/** Servers that are stopped together. */
export interface StartedServers extends AsyncDisposable {
  readonly servers: readonly MeasuredServer[];
}

/** The baselines, and our functions with memory in Postgres's place. */
export async function startInMemoryServers(options: ServersOptions): Promise<StartedServers> {
  const { stack, upstream, apiKey } = options;
  return await startTogether([
    add("upstream alone", () => running(upstream), bedrockRequests),
    add("AWS SDK server", () => startBaseline("aws_sdk_server.ts", upstream), minimalRequests),
    add(
      "AI SDK server",
      () => startBaseline("ai_sdk_server.ts", upstream),
      withoutTools(minimalRequests),
    ),
    ...portkeyAndOurs(options),
    add(
      "anthropic, in memory",
      () => startInMemory("anthropic", stack, upstream),
      anthropicRequests(apiKey),
    ),
  ]);
}

/** Those of which streams at a model's pace are measured. */
export async function startStreamingServers(options: ServersOptions): Promise<StartedServers> {
  const { upstream } = options;
  return await startTogether([
    add(
      "AWS SDK server, by fetch",
      () => startBaseline("aws_sdk_server.ts", upstream, { SDK_OVER_FETCH: "1" }),
      minimalRequests,
    ),
    ...portkeyAndOurs(options),
  ]);
}

/** Our functions as they are, and the calls of the database that they make. */
export async function startWholeServers(
  { stack, upstream, users, apiKey }: ServersOptions,
): Promise<StartedServers> {
  const chat = withoutTools(chatRequests(users.map(({ token }) => token)));
  const api = { name: "API", origin: stack.apiUrl, pid: stack.pid };
  const rpcs = rpcRequests(stack, users.map(({ id }) => id));
  const env = functionsEnv(stack, upstream);
  return await startTogether([
    add("upstream alone", () => running(upstream), bedrockRequests),
    add("chat, in memory", () => startInMemory("chat", stack, upstream), chat),
    add("chat", () => startChat(stack, upstream), chat),
    add("openai", () => startFunctionServer("openai", env), openaiRequests(apiKey)),
    add("anthropic", () => startFunctionServer("anthropic", env), anthropicRequests(apiKey)),
    add("two bare RPCs", () => running(api), (mode) => mode === "json" ? rpcs : null),
  ]);
}

type Requests = MeasuredServer["requests"];

interface Starting {
  readonly name: ServerName;
  readonly start: () => Promise<ServerProcess>;
  readonly requests: Requests;
}

const add = (name: ServerName, start: Starting["start"], requests: Requests): Starting => ({
  name,
  start,
  requests,
});

/** A server that runs already, and goes on when the others are stopped. */
const running = (server: Omit<ServerProcess, "stop">): Promise<ServerProcess> =>
  Promise.resolve({ ...server, stop: () => Promise.resolve() });

function portkeyAndOurs({ stack, upstream, users, apiKey }: ServersOptions): readonly Starting[] {
  const chat = chatRequests(users.map(({ token }) => token));
  return [
    add("Portkey", startPortkey, portkeyRequests(upstream.origin)),
    add("chat, in memory", () => startInMemory("chat", stack, upstream), withoutTools(chat)),
    add(
      "openai, in memory",
      () => startInMemory("openai", stack, upstream),
      openaiRequests(apiKey),
    ),
  ];
}

const withoutTools = (requests: (mode: Mode) => RequestSet): Requests => (mode) =>
  mode === "tools" || mode === "streamedTools" ? null : requests(mode);

async function startTogether(starting: readonly Starting[]): Promise<StartedServers> {
  await using cleanUp = new AsyncDisposableStack();
  const servers: MeasuredServer[] = [];
  for (const { name, start, requests } of starting) {
    const server = await start();
    cleanUp.defer(() => server.stop());
    servers.push({ name, server, requests });
  }
  const kept = cleanUp.move();
  return { servers, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function startBaseline(
  file: string,
  upstream: ServerProcess,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const port = freePort();
  const permissions = ["--allow-net=127.0.0.1", "--allow-env", "--allow-read", "--allow-sys"];
  return await startServer({
    name: file,
    port,
    command: denoCommand(`${benchDir}baselines/${file}`, baselinesConfig, permissions),
    env: { ...env, PORT: String(port), UPSTREAM_URL: upstream.origin },
  });
}

/** On Node, as its makers run it. */
async function startPortkey(): Promise<ServerProcess> {
  const port = freePort();
  return await startServer({
    name: "Portkey",
    port,
    command: ["node", `${benchDir}baselines/portkey.mjs`, "--headless", `--port=${port}`],
    env: { NODE_ENV: "production" },
  });
}
