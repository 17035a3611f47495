import { startBenchStack } from "../processes/running_stack.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { measureChat, measureDialects } from "./measure_switches.ts";
import { measureTimedRegistry } from "./measure_timed_registry.ts";
import type { Scenario } from "./scenario.ts";
import { followDefault, operatorOf } from "./switch_models.ts";
import { switchingIntroduction, switchTables, switchTargets } from "./switching_report.ts";

/** The time until a switch reaches every process. */
export const switching: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("switching: starting the servers");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  await followDefault(stack);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const failures: string[] = [];
  const report = (failure: string) => failures.push(failure);
  const project = { bench, stack, upstream, operate: operatorOf(stack), report };
  const series = [...await measureChat(project), await measureDialects(project)];
  const timed = await measureTimedRegistry(project);
  return {
    title: "A switch reaching every process",
    lines: [switchingIntroduction, ...switchTables(series, timed)],
    targets: switchTargets(series),
    failures,
  };
};
