import type { AskedCall, CallHead, Dialect } from "../dialects/dialect.ts";
import { respondJson } from "../http/respond.ts";
import type { Handler, RequestContext } from "../http/serve.ts";
import { outcomeOf, run } from "../runs/run.ts";
import type { RunEvent } from "../runs/run_event.ts";
import type { RunRecord } from "../runs/run_record.ts";
import { beginRun, readRequest, requireUsable } from "./begin_call.ts";
import { callHeaders, choiceOf, idHeaders, makingOf, provenanceHeaders } from "./call_headers.ts";
import type { CallOptions } from "./call_options.ts";
import { callUnit } from "./call_unit.ts";
import { refuseCall } from "./refuse_call.ts";
import { type RunningCall, settleCall } from "./settle_call.ts";
import { streamCall } from "./stream_call.ts";

/** A call, ready to run. */
interface Answering<Asked extends AskedCall> {
  readonly dialect: Dialect<Asked>;
  readonly asked: Asked;
  readonly call: RunningCall;
  readonly startedAt: number;
  readonly head: CallHead;
  readonly context: RequestContext;
  readonly options: CallOptions;
}

/** Answers a stateless call in its dialect. */
export function createCallHandler<Asked extends AskedCall>(
  dialect: Dialect<Asked>,
  options: CallOptions,
): Handler {
  const { surface } = dialect;
  return async (request, context) => {
    const { caller, body, startedAt } = await readRequest(request, surface, options);
    const asked = dialect.readCall(body, request.headers);
    requireUsable(asked);
    const { clientLabel } = asked;
    const unit = callUnit(request.headers, asked.question);
    const begun = await beginRun({ caller, surface, clientLabel, context, unit }, asked, options);
    const id = context.requestId;
    const answering: Answering<Asked> = {
      dialect,
      asked,
      call: {
        id,
        surface,
        ...begun,
        unit,
        clientRetries: retriesOf(request.headers),
        trace: context.trace,
      },
      startedAt,
      head: { callId: id, createdAt: options.today(), audience: context.audience },
      context,
      options,
    };
    return asked.streamed
      ? await answerStreamed(answering, request.signal)
      : await answerWhole(answering);
  };
}

async function answerWhole<Asked extends AskedCall>(
  answering: Answering<Asked>,
): Promise<Response> {
  const { dialect, asked, head, options } = answering;
  const answered = async () => {
    const outcome = await outcomeOf(runCall(answering, false, undefined));
    await settleCall(answering.call, outcome, options);
    return outcome;
  };
  const answer = answered();
  // To its end also where its caller has left: the model works on, and what it used is paid for.
  options.continueInBackground(answer.then(() => {}, () => {}));
  const outcome = await answer;
  if (outcome.kind !== "complete") return refuse(answering, outcome);
  return respondJson(dialect.wholeAnswer(asked, outcome, head), 200, {
    ...idHeaders(head.callId),
    ...callHeaders(asked, outcome.record),
    ...provenanceHeaders(outcome.record),
  });
}

function answerStreamed<Asked extends AskedCall>(
  answering: Answering<Asked>,
  hungUp: AbortSignal,
): Promise<Response> {
  const { dialect, asked, call, head, options } = answering;
  const { silenceMs, continueInBackground } = options;
  return streamCall({
    run: (gone) => runCall(answering, true, gone),
    settle: (outcome) => settleCall(call, outcome, options),
    stream: dialect.openStream(asked, head),
    headers: (start) => ({
      ...idHeaders(call.id),
      ...callHeaders(asked, start && choiceOf(start)),
      ...provenanceHeaders(start && makingOf(start)),
    }),
    refuse: (outcome) => refuse(answering, outcome),
    reportFault: (error) => options.reportFault(call.id, error),
    silenceMs,
    continueInBackground,
  }, hungUp);
}

function runCall<Asked extends AskedCall>(
  { call: { id, begun, question, unit }, startedAt, options }: Answering<Asked>,
  streamed: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly RunEvent[], void, void> {
  const { user_hash, api_key_id } = begun.entry;
  // Only what is verified: a client's label would let it speak for many.
  const userId = user_hash ?? api_key_id ?? "service";
  return run({
    ...question,
    identity: { purpose: "call", requestId: id, questionId: id, attempt: 1 },
    userId,
    unit: `${userId} ${unit}`,
    registryVersion: begun.registryVersion,
    registryHash: begun.registryHash,
    budget: begun.budget,
    startedAt,
    timeoutMs: options.timeoutMs,
    historyTokens: null,
    streamed,
    signal,
  }, { ...options, raiseBudget: (total) => options.calls.raise(id, total) });
}

/** The answer to a run that failed, which is in the log as the call's end. */
function refuse<Asked extends AskedCall>(
  { dialect, asked, context }: Answering<Asked>,
  { error, record }: { readonly error: unknown; readonly record: RunRecord },
): Response {
  return refuseCall(dialect, error, context, callHeaders(asked, record));
}

/** As the makers' clients count; one that says something else says nothing. */
function retriesOf(headers: Headers): number | null {
  const count = headers.get("x-stainless-retry-count");
  return count !== null && /^\d{1,3}$/.test(count) ? Number(count) : null;
}
