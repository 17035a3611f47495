import type { BedrockClients } from "../bedrock/bedrock_client.ts";
import { invokeModel } from "../bedrock/invoke_model.ts";
import { streamModel } from "../bedrock/stream_model.ts";
import type { ModelAnswer } from "../core/answer.ts";
import { AppError } from "../core/app_error.ts";
import { storableText } from "../core/storable_text.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import { metadataOfProbe } from "../formats/request_metadata.ts";
import type { ModelProbe, ProbeCheck } from "./model_probe.ts";
import type { ProbeSubject } from "./probe_request.ts";
import type { ProbeCall, ProbeStep } from "./probe_step.ts";
import { probeSteps } from "./probe_steps.ts";

export interface ProbeOptions extends ProbeSubject {
  readonly clients: BedrockClients;
  /** Names the operator's request. */
  readonly requestId: string;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Most milliseconds of each call; 15,000. */
  readonly timeoutMs?: number;
}

/**
 * Calls a model as turns will call it, once for the whole answer and once as a stream, at the same
 * time: with its format, its region, the sampling settings that would be sent, a system prompt and
 * the assistant's guardrail. Costs about a hundred tokens. Where it is to be thorough, it also makes
 * a call for each thing that the row says the model accepts, which costs some thousands more.
 * Nothing is retried.
 */
export async function probeModel(options: ProbeOptions): Promise<ModelProbe> {
  const checks = await Promise.all(probeSteps(options).map((step) => check(step, options)));
  const failed = checks.find(({ ok }) => ok === false);
  return {
    passed: failed === undefined,
    error_code: failed?.error_code ?? null,
    latency_ms: checks.find(({ name }) => name === "invoke")?.latency_ms ?? null,
    input_tokens: sum(checks.map((each) => each.input_tokens)),
    output_tokens: sum(checks.map((each) => each.output_tokens)),
    checks,
  };
}

interface CallOutcome {
  readonly answer: ModelAnswer;
  readonly timeToFirstTokenMs: number | null;
}

async function invoke(
  request: ModelRequest,
  limitMs: number,
  { clients, now }: ProbeOptions,
): Promise<CallOutcome> {
  const client = clients.forRegion(request.model.region);
  const limits = { firstByteMs: limitMs, totalMs: limitMs };
  const { answer } = await invokeModel({ client, request, limits, now });
  return { answer, timeToFirstTokenMs: null };
}

async function stream(
  request: ModelRequest,
  limitMs: number,
  { clients, now }: ProbeOptions,
): Promise<CallOutcome> {
  const client = clients.forRegion(request.model.region);
  const limits = {
    firstEventMs: limitMs,
    idleMs: limitMs,
    composingIdleMs: limitMs,
    totalMs: limitMs,
  };
  const startedAt = now();
  let timeToFirstTokenMs: number | null = null;
  const arriving = await streamModel({ client, request, limits, now });
  for await (const events of arriving.events) {
    if (events.some(({ type }) => type === "text-delta")) timeToFirstTokenMs ??= now() - startedAt;
  }
  return { answer: arriving.answer(), timeToFirstTokenMs };
}

/** What a check that gave no figures says of them. */
const noFigures = {
  latency_ms: null,
  time_to_first_token_ms: null,
  input_tokens: null,
  output_tokens: null,
};

async function check(step: ProbeStep, options: ProbeOptions): Promise<ProbeCheck> {
  if ("request" in step) return await callAndJudge(step, options);
  return {
    name: step.name,
    ok: null,
    message: `Not tried: ${step.reason}.`,
    hint: null,
    error_code: null,
    retryable: false,
    ...noFigures,
  };
}

async function callAndJudge(call: ProbeCall, options: ProbeOptions): Promise<ProbeCheck> {
  const { now, requestId, timeoutMs = 15_000 } = options;
  const { name, judge } = call;
  const request = { ...call.request, metadata: metadataOfProbe(requestId, name) };
  const startedAt = now();
  try {
    const send = name === "stream" ? stream : invoke;
    const { answer, timeToFirstTokenMs } = await send(request, timeoutMs, options);
    const { usage, stopReason } = answer;
    const latencyMs = Math.round(now() - startedAt);
    const { ok, text } = judge(answer);
    return {
      name,
      ok,
      message: ok ? `It answered in ${latencyMs} ms (${stopReason}). ${text}`.trimEnd() : text,
      hint: ok ? null : "Correct the capabilities of its row, or try again.",
      error_code: ok ? null : "bedrock_bad_response",
      // A model may do at the next time what it was asked to.
      retryable: !ok,
      latency_ms: latencyMs,
      time_to_first_token_ms: timeToFirstTokenMs === null ? null : Math.round(timeToFirstTokenMs),
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return {
      name,
      ok: false,
      message: error.message,
      hint: hintOf(error),
      error_code: error.code,
      retryable: error.retryable,
      ...noFigures,
      latency_ms: Math.round(now() - startedAt),
    };
  }
}

/** A probe's words are ours, so that AWS's reason can be shown where we know no better. */
function hintOf({ code, cause, hint }: AppError): string | null {
  if (code !== "bedrock_refusal_unknown" || !(cause instanceof Error)) return hint ?? null;
  return `AWS's reason: ${storableText(cause.message).slice(0, 300)}`;
}

function sum(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((total, count) => total + count, 0);
}
