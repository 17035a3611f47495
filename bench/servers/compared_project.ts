import { startBenchStack } from "../processes/running_stack.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { createApiKey, signUpUsers } from "../users.ts";
import type { ServersOptions } from "./measured_servers.ts";

/** Users who ask, so many that no two of a loaded server's turns are of one user. */
const userCount = 32;

/** Starts what servers are compared on: a stack with users and an API key, and the upstream. */
export async function startComparedProject(): Promise<ServersOptions & AsyncDisposable> {
  await using cleanUp = new AsyncDisposableStack();
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const users = await signUpUsers(stack, userCount);
  const apiKey = await createApiKey(stack);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const kept = cleanUp.move();
  return { stack, upstream, users, apiKey, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
