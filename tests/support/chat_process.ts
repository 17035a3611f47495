/** A process of a function of a test's own: what one test breaks in it, no other test sees. */
import { startFunction } from "../../local/functions/start_function.ts";
import type { TestStack } from "./test_stack.ts";

/** Runs a test with a fresh process of `chat`, with settings of its own over the stack's. */
export async function withChatProcess(
  stack: TestStack,
  test: (url: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
  /** Gets each line that the process prints. */
  onLine?: (line: string) => void,
): Promise<void> {
  await withFunctionProcess(stack, "chat", test, env, onLine);
}

/** The same with another function. */
export async function withFunctionProcess(
  stack: TestStack,
  name: string,
  test: (url: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
  onLine?: (line: string) => void,
): Promise<void> {
  const process = await startFunction({
    name,
    env: { ...stack.functionsEnv, ...env },
    deno: stack.functionsDeno,
    ...(onLine && { onLine }),
  });
  try {
    await test(process.url);
  } finally {
    await process.stop();
  }
}

/** The same with some processes of a function at once, each at its own URL. */
export async function withFunctionProcesses(
  stack: TestStack,
  name: string,
  count: number,
  test: (urls: readonly string[]) => Promise<void>,
): Promise<void> {
  const { functionsEnv: env, functionsDeno: deno } = stack;
  const processes = await Promise.all(
    Array.from({ length: count }, () => startFunction({ name, env, deno })),
  );
  try {
    await test(processes.map(({ url }) => url));
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}
