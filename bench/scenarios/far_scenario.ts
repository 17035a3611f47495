import { startBenchStack } from "../processes/running_stack.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { createApiKey, signUpUsers } from "../users.ts";
import { farTable, farTargets } from "./far_report.ts";
import { measureFar } from "./measure_far.ts";
import type { Scenario } from "./scenario.ts";
import { operatorOf } from "./switch_models.ts";

const introduction = (roundTripMs: number) => `
Requests, one at a time, to a model that answers at once, with a caller ${roundTripMs} ms away from the
database. With the region _pinned_ the function runs beside the database and the caller is far from it;
_not pinned_, the function runs beside the caller and the database is far from it. A proxy holds each
chunk for half of the round trip, in either direction. Milliseconds are what a request adds to the time
of the upstream in the same round; the model is beside the function at each place. Round trips are what
it takes longer than near, divided by ${roundTripMs} ms. Connections are kept, but for those that a new
instance opens, without TLS, whose handshake would take one more. A refused turn is that of a user
whose limit is used up.
`;

/** Turns and calls with a network between caller, function and database. */
export const far: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("far: starting the stack");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const [refused, ...users] = await signUpUsers(stack, 9);
  if (refused === undefined) throw new Error("No user was made.");
  const apiKey = await createApiKey(stack);
  const failures: string[] = [];
  const result = await measureFar({
    bench,
    stack,
    upstream,
    users,
    refused,
    apiKey,
    operator: operatorOf(stack),
    report: (failure) => failures.push(failure),
  });
  const { roundTripMs } = bench.plan.far;
  return {
    title: "A database far away",
    lines: [introduction(roundTripMs), ...farTable(result, roundTripMs)],
    targets: farTargets(result, roundTripMs),
    failures,
  };
};
