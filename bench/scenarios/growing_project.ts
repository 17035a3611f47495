import { postgresTime, postmasterOf } from "../processes/postgres_time.ts";
import { processorTime } from "../processes/figures.ts";
import { type RunningStack, startBenchStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { type BenchUser, createApiKey, signUpUsers } from "../users.ts";
import { functionsEnv, startChat, startFunctionServer } from "../servers/function_servers.ts";

/** A project of a certain size, with processes of its functions. */
export interface GrowingProject {
  readonly stack: RunningStack;
  readonly users: readonly BenchUser[];
  readonly apiKey: string;
  readonly chat: ServerProcess;
  readonly openai: ServerProcess;
  readonly manage: ServerProcess;
  /** Processor time of the functions, the API server and Postgres, in nanoseconds. */
  processorTime(): number;
  stop(): Promise<void>;
}

/** Users of a project. */
const userCount = 20;

export async function startProject(upstream: ServerProcess): Promise<GrowingProject> {
  await using cleanUp = new AsyncDisposableStack();
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const users = await signUpUsers(stack, userCount);
  const apiKey = await createApiKey(stack);
  const chat = await startChat(stack, upstream);
  cleanUp.defer(() => chat.stop());
  const openai = await startFunctionServer("openai", functionsEnv(stack, upstream));
  cleanUp.defer(() => openai.stop());
  const manage = await startFunctionServer("manage-bedrock-models", stack.functionsEnv);
  cleanUp.defer(() => manage.stop());
  const postmaster = await postmasterOf(stack.sql);
  const pids = [stack.pid, chat.pid, openai.pid, manage.pid];
  const kept = cleanUp.move();
  return {
    stack,
    users,
    apiKey,
    chat,
    openai,
    manage,
    processorTime: () =>
      pids.reduce((sum, pid) => sum + processorTime(pid), postgresTime(postmaster)),
    stop: () => kept.disposeAsync(),
  };
}
