import type { BedrockClients } from "../bedrock/bedrock_client.ts";
import { invokeModel } from "../bedrock/invoke_model.ts";
import { streamModel } from "../bedrock/stream_model.ts";
import type { ModelAnswer } from "../core/answer.ts";
import { AppError } from "../core/app_error.ts";
import { storableText } from "../core/storable_text.ts";
import { inferenceSettings } from "../formats/inference_settings.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { ModelConfig } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { ModelProbe, ProbeCheck } from "./model_probe.ts";

export interface ProbeOptions {
  readonly model: Model;
  /** Settings of the assistant that differ from the model's row. */
  readonly config: ModelConfig;
  readonly clients: BedrockClients;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Most milliseconds of each call; 15,000. */
  readonly timeoutMs?: number;
}

/** Maximum tokens of each answer. A probe passes with an answer that is cut there. */
const maxTokens = 16;

/**
 * Calls a model as turns will call it, once for the whole answer and once as a stream, at the same
 * time: with its format, its region, the sampling settings that would be sent and a system prompt.
 * Costs about a hundred tokens. Nothing is retried.
 */
export async function probeModel(options: ProbeOptions): Promise<ModelProbe> {
  const request = probeRequest(options);
  const [invoked, streamed] = await Promise.all([
    check("invoke", options, (limitMs) => invoke(request, limitMs, options)),
    check("stream", options, (limitMs) => stream(request, limitMs, options)),
  ]);
  const checks = [invoked, streamed];
  const failed = checks.find((each) => !each.ok);
  return {
    passed: failed === undefined,
    error_code: failed?.error_code ?? null,
    latency_ms: invoked.latency_ms,
    input_tokens: sum(invoked.input_tokens, streamed.input_tokens),
    output_tokens: sum(invoked.output_tokens, streamed.output_tokens),
    checks,
  };
}

function probeRequest({ model, config }: ProbeOptions): ModelRequest {
  const settings = inferenceSettings(model, config);
  return {
    model,
    systemPrompt: "You are being checked. Answer with one word.",
    messages: [{
      role: "user",
      blocks: [{ type: "text", text: "Say OK." }],
      modelId: null,
    }],
    inference: {
      ...settings,
      maxTokens: Math.min(settings.maxTokens, maxTokens),
    },
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
  const limits = { firstEventMs: limitMs, idleMs: limitMs, totalMs: limitMs };
  const startedAt = now();
  let timeToFirstTokenMs: number | null = null;
  const arriving = await streamModel({ client, request, limits, now });
  for await (const events of arriving.events) {
    if (events.some(({ type }) => type === "text-delta")) timeToFirstTokenMs ??= now() - startedAt;
  }
  return { answer: arriving.answer(), timeToFirstTokenMs };
}

async function check(
  name: ProbeCheck["name"],
  { now, timeoutMs = 15_000 }: ProbeOptions,
  call: (limitMs: number) => Promise<CallOutcome>,
): Promise<ProbeCheck> {
  const startedAt = now();
  try {
    const { answer: { usage, stopReason }, timeToFirstTokenMs } = await call(
      timeoutMs,
    );
    const latencyMs = now() - startedAt;
    return {
      name,
      ok: true,
      message: `It answered in ${Math.round(latencyMs)} ms (${stopReason}).`,
      hint: null,
      error_code: null,
      retryable: false,
      latency_ms: Math.round(latencyMs),
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
      latency_ms: Math.round(now() - startedAt),
      time_to_first_token_ms: null,
      input_tokens: null,
      output_tokens: null,
    };
  }
}

/** A probe's words are ours, so that AWS's reason can be shown where we know no better. */
function hintOf({ code, cause, hint }: AppError): string | null {
  if (code !== "bedrock_refusal_unknown" || !(cause instanceof Error)) return hint ?? null;
  return `AWS's reason: ${storableText(cause.message).slice(0, 300)}`;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}
