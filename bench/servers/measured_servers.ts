/** The servers whose overhead is compared: the baselines and our functions, on the same upstream. */
import { freePort } from "../../local/ports.ts";
import { baselinesConfig, benchDir } from "../paths.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import { denoCommand, type ServerProcess, startServer } from "../processes/server_process.ts";
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
  | "bare Deno proxy"
  | "AWS SDK server"
  | "AI SDK server"
  | "Portkey"
  | "chat, in memory"
  | "chat"
  | "openai, in memory"
  | "openai"
  | "anthropic, in memory"
  | "anthropic"
  | "two bare RPCs";

export interface MeasuredServer {
  readonly name: ServerName;
  readonly server: ServerProcess;
  /** Null for a mode that the server does not have. */
  requests(mode: Mode): RequestSet | null;
}

/** Starts every server of the comparison. */
export async function startMeasuredServers(
  stack: RunningStack,
  upstream: ServerProcess,
  users: readonly { readonly id: string; readonly token: string }[],
  apiKey: string,
): Promise<readonly MeasuredServer[]> {
  const permissions = ["--allow-net=127.0.0.1", "--allow-env", "--allow-read", "--allow-sys"];
  const startBaseline = (name: ServerName, file: string) => {
    const port = freePort();
    return startServer({
      name,
      port,
      command: denoCommand(`${benchDir}baselines/${file}`, baselinesConfig, permissions),
      env: { PORT: String(port), UPSTREAM_URL: upstream.origin },
    });
  };
  const chat = chatRequests(users.map(({ token }) => token));
  const started: MeasuredServer[] = [];
  try {
    const add = (
      name: ServerName,
      server: ServerProcess,
      requests: (mode: Mode) => RequestSet | null,
    ) => started.push({ name, server, requests });
    add("upstream alone", { ...upstream, stop: () => Promise.resolve() }, bedrockRequests);
    add(
      "bare Deno proxy",
      await startBaseline("bare Deno proxy", "deno_proxy.ts"),
      bedrockRequests,
    );
    add(
      "AWS SDK server",
      await startBaseline("AWS SDK server", "aws_sdk_server.ts"),
      minimalRequests,
    );
    add("AI SDK server", await startBaseline("AI SDK server", "ai_sdk_server.ts"), minimalRequests);
    add("Portkey", await startPortkey(), portkeyRequests(upstream.origin));
    add("chat, in memory", await startInMemory("chat", stack, upstream), chat);
    add("chat", await startChat(stack, upstream), chat);
    const dialects = {
      openai: openaiRequests(apiKey),
      anthropic: anthropicRequests(apiKey),
    } as const;
    for (const name of ["openai", "anthropic"] as const) {
      add(`${name}, in memory`, await startInMemory(name, stack, upstream), dialects[name]);
      add(name, await startFunctionServer(name, functionsEnv(stack, upstream)), dialects[name]);
    }
    const api = {
      name: "API",
      origin: stack.apiUrl,
      pid: stack.pid,
      stop: () => Promise.resolve(),
    };
    const rpcs = rpcRequests(stack, users.map(({ id }) => id));
    add("two bare RPCs", api, (mode) => mode === "json" ? rpcs : null);
    return started;
  } catch (error) {
    await stopServers(started);
    throw error;
  }
}

export async function stopServers(servers: readonly MeasuredServer[]): Promise<void> {
  await Promise.all(servers.map(({ server }) => server.stop()));
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
