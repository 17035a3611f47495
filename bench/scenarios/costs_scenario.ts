import { addStart, type Sample } from "../comparison/sample.ts";
import { processorTime } from "../processes/figures.ts";
import { postgresTime, postmasterOf } from "../processes/postgres_time.ts";
import { startBenchStack } from "../processes/running_stack.ts";
import { functionsEnv, startFunctionServer } from "../servers/function_servers.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { signUpUsers } from "../users.ts";
import { costTables, costTargets } from "./costs_report.ts";
import { type CostName, measureBeside, measureCosts } from "./measure_costs.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
Whole turns as JSON from a model that answers at once, in a project whose limits, rollout and
geographies change from slice to slice. The first rows' limits and the project's are so high that they
refuse none: what is measured is what holding and settling costs. All turns under a hard limit of the
project change one row. The evidence of a turn, its \`provenance\` and its row in the ledger, is part of
every turn here. Ratios are to the turns with nothing set in the same round; CPU is that of the
function, the API server and Postgres. In the last table one user, whose limit is used up, is refused
again and again, while others ask one at a time.
`;

/** What limits, rollouts and geographies cost a turn, and what a refused user costs others. */
export const costs: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("costs: starting the stack");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const [refused, ...users] = await signUpUsers(stack, 33);
  if (refused === undefined) throw new Error("No user was made.");
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const postmaster = await postmasterOf(stack.sql);
  const env = { ...functionsEnv(stack, upstream), SB_REGION: "eu-central-1" };
  const failures: string[] = [];
  const measuredCosts = new Map<CostName, (readonly Sample[])[]>();
  const others = new Map<"alone" | "beside", (readonly Sample[])[]>();
  const { starts } = bench.plan.costs;
  for (let seed = 1; seed <= starts; seed++) {
    bench.progress(`costs: start ${seed} of ${starts}`);
    await using started = new AsyncDisposableStack();
    const chat = await startFunctionServer("chat", env);
    started.defer(() => chat.stop());
    const project = {
      bench,
      seed,
      stack,
      chat,
      users,
      processorTime: () =>
        processorTime(stack.pid) + processorTime(chat.pid) + postgresTime(postmaster),
      report: (failure: string) => failures.push(failure),
    };
    addStart(measuredCosts, await measureCosts(project));
    bench.progress(`costs: start ${seed} of ${starts}, beside a user who is refused`);
    addStart(others, await measureBeside(project, refused));
  }
  const result = { costs: measuredCosts, others };
  return {
    title: "Limits, rollouts, geographies",
    lines: [introduction, ...costTables(result)],
    targets: costTargets(result),
    failures,
  };
};
