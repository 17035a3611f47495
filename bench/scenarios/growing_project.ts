import { startFunction } from "../../local/functions/start_function.ts";
import { postgresTime, postmasterOf } from "../processes/postgres_time.ts";
import { processorTime } from "../processes/figures.ts";
import { type RunningStack, startBenchStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { type BenchUser, signUpUsers } from "../users.ts";
import { startChat } from "./contenders.ts";

/** A project of a certain size, with processes of both functions. */
export interface GrowingProject {
  readonly stack: RunningStack;
  readonly users: readonly BenchUser[];
  readonly chat: ServerProcess;
  readonly manage: ServerProcess;
  /** Processor time of everything that has a part in an answer, in nanoseconds. */
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
  const chat = await startChat(stack, upstream);
  cleanUp.defer(() => chat.stop());
  const manage = await startManage(stack);
  cleanUp.defer(() => manage.stop());
  const postmaster = await postmasterOf(stack.sql);
  const pids = [stack.pid, chat.pid, manage.pid];
  const kept = cleanUp.move();
  return {
    stack,
    users,
    chat,
    manage,
    processorTime: () =>
      pids.reduce((sum, pid) => sum + processorTime(pid), postgresTime(postmaster)),
    stop: () => kept.disposeAsync(),
  };
}

async function startManage(stack: RunningStack): Promise<ServerProcess> {
  const name = "manage-bedrock-models";
  const process = await startFunction({ name, env: stack.functionsEnv });
  return {
    name,
    origin: `http://127.0.0.1:${process.port}`,
    pid: process.process.pid,
    stop: () => process.stop(),
  };
}
