import { overheadTables, overheadTargets, overheadUnrest } from "../report/overhead_report.ts";
import { startBenchStack } from "../processes/running_stack.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { signUpUsers } from "../users.ts";
import { startContenders, startUpstream, stopContenders } from "./contenders.ts";
import { measureOverhead } from "./overhead.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
A question to a model that answers at once, through each of these. _Added_ is what a server's time
exceeds that of the upstream asked directly, in the same round. The AWS SDK server, the AI SDK server
and Portkey pass a question on, for whoever asks. \`chat\` also checks the user's token, reads the
registry's version, keeps question and answer in their conversation, prices the answer and logs it;
_in memory_ it does all of that but with maps in Postgres's place. _Two bare RPCs_ are the two calls
of the database that a turn needs, sent to the same API server by the load generator itself; their
CPU is the API server's.
`;

/** Scenario 1: what \`chat\` adds to a call of a model, beside what one would use instead. */
export const overhead: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("overhead: starting the servers");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const users = await signUpUsers(stack, 32);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const contenders = await startContenders(stack, upstream, users);
  cleanUp.defer(() => stopContenders(contenders));
  const result = await measureOverhead(contenders, upstream, bench);
  return {
    title: "Overhead of `chat`",
    lines: [introduction, ...overheadTables(result)],
    targets: overheadTargets(result),
    problems: [...result.problems, ...overheadUnrest(result, bench.plan.overhead.mostUnrest)],
  };
};
