import { startBenchStack } from "../processes/running_stack.ts";
import { startMeasuredServers, stopServers } from "../servers/measured_servers.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { createApiKey, signUpUsers } from "../users.ts";
import { measureOverhead } from "./measure_overhead.ts";
import { inconclusiveComparisons, overheadTables, overheadTargets } from "./overhead_report.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
A request to a model that answers at once, through each of these. _Added_ is what a server's time
exceeds that of the upstream asked directly, in the same round. The AWS SDK server, the AI SDK server
and Portkey pass a request on, without authentication. \`chat\` also checks the user's token, reads the
registry's version, keeps question and answer in their conversation, prices the answer and logs it;
_in memory_ it does all of that but with maps in Postgres's place. \`openai\` and \`anthropic\` answer
the same question in Chat Completions and Messages, which Portkey and they alone speak: they check an
API key, store no words, and price and log the answer. _Two bare RPCs_ are the two calls
of the database that a turn needs, sent to the same API server by the load generator itself; their
CPU is the API server's.
`;

/** Scenario 1: the overhead of our functions on a call of a model, compared with the baselines. */
export const overhead: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("overhead: starting the servers");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const users = await signUpUsers(stack, 32);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const servers = await startMeasuredServers(
    stack,
    upstream,
    users,
    await createApiKey(stack),
  );
  cleanUp.defer(() => stopServers(servers));
  const result = await measureOverhead(servers, upstream, bench);
  return {
    title: "Overhead",
    lines: [introduction, ...overheadTables(result)],
    targets: overheadTargets(result),
    inconclusive: [
      ...result.failures,
      ...inconclusiveComparisons(result, bench.plan.overhead.maxSpread),
    ],
  };
};
