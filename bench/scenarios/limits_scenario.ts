import { processorTime } from "../processes/figures.ts";
import { postgresTime, postmasterOf } from "../processes/postgres_time.ts";
import { startBenchStack } from "../processes/running_stack.ts";
import { startChat } from "../servers/function_servers.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { signUpUsers } from "../users.ts";
import { inconclusiveLimits, limitTables, limitTargets } from "./limits_report.ts";
import { measureBeside, measureCosts } from "./measure_limits.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
Whole turns as JSON from a model that answers at once, in a project whose limits change from slice to
slice. The first rows' limits and the project's are so high that they refuse none: what is measured is
what holding and settling costs. All turns under a hard limit of the project change one row. Ratios
are to the turns without a limit in the same round; CPU is that of the function, the API server and
Postgres. In the last table one user, whose limit is used up, is refused again and again, while others
ask one at a time.
`;

/** What limits cost a turn, and what a user who is refused costs others. */
export const limits: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("limits: starting the servers");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const [refused, ...users] = await signUpUsers(stack, 33);
  if (refused === undefined) throw new Error("No user was made.");
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const chat = await startChat(stack, upstream);
  cleanUp.defer(() => chat.stop());
  const postmaster = await postmasterOf(stack.sql);
  const failures: string[] = [];
  const project = {
    bench,
    stack,
    chat,
    users,
    processorTime: () =>
      processorTime(stack.pid) + processorTime(chat.pid) + postgresTime(postmaster),
    report: (failure: string) => failures.push(failure),
  };
  const costs = await measureCosts(project);
  const result = { costs, ...await measureBeside(project, refused) };
  return {
    title: "Limits",
    lines: [introduction, ...limitTables(result)],
    targets: limitTargets(result),
    inconclusive: [...failures, ...inconclusiveLimits(result, bench.plan.overhead.maxSpread)],
  };
};
