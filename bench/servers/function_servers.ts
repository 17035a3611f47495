/** Servers of our own functions. */
import { startFunction } from "../../local/functions/start_function.ts";
import { freePort } from "../../local/ports.ts";
import { benchDir, functionsDir } from "../paths.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import { serveCommand, type ServerProcess, startServer } from "../processes/server_process.ts";

/** The functions that answer from a model. */
export type FunctionName = "chat" | "openai" | "anthropic";

/** The functions' environment, with the upstream in Bedrock's place. */
export function functionsEnv(stack: RunningStack, upstream: ServerProcess): Record<string, string> {
  return { ...stack.functionsEnv, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.origin };
}

/** `chat` as it is. */
export async function startChat(
  stack: RunningStack,
  upstream: ServerProcess,
): Promise<ServerProcess> {
  return await startFunctionServer("chat", functionsEnv(stack, upstream));
}

export async function startFunctionServer(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const started = await startFunction({ name, env });
  return {
    name,
    origin: `http://127.0.0.1:${started.port}`,
    pid: started.process.pid,
    stop: () => started.stop(),
  };
}

/** A function around a registry, and turns or calls, in memory. */
export async function startInMemory(
  name: FunctionName,
  stack: RunningStack,
  upstream: ServerProcess,
): Promise<ServerProcess> {
  const [row] = await stack.sql`select public.read_registry() as registry`;
  const env = { REGISTRY: JSON.stringify(row?.registry) };
  return await startVariant(name, `in_memory_${name}.ts`, stack, upstream, env);
}

/** A variant of a function of `ours/`, with the function's packages and permissions. */
export async function startVariant(
  name: FunctionName,
  file: string,
  stack: RunningStack,
  upstream: ServerProcess,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const port = freePort();
  return await startServer({
    name: file,
    port,
    command: serveCommand(`${benchDir}ours/${file}`, `${functionsDir}/${name}/deno.json`, port),
    env: { ...functionsEnv(stack, upstream), ...env },
  });
}
