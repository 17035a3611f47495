import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { quoted } from "../core/quoted.ts";
import type { EvaluationFigures } from "./evaluation.ts";

/** Milliseconds that a run may have taken: 30 days. */
const longestRunMs = 30 * 86_400_000;

/**
 * What is read of promptfoo's result file, as `promptfoo eval -o result.json` writes it; the rest of
 * it may be as it is.
 *
 * @see https://www.promptfoo.dev/docs/configuration/outputs/
 */
const resultSchema = z.object({
  results: z.object({
    // Of a year that Postgres reads as well.
    timestamp: z.iso.datetime({ offset: true }).regex(/^2/),
    results: z.array(z.object({
      success: z.boolean(),
      score: z.number(),
      /** 0: none, 1: an assertion, 2: an error. */
      failureReason: z.int().optional(),
      provider: z.object({ id: z.string() }),
      response: z.object({
        cached: z.boolean().optional(),
        metadata: z.object({
          http: z.object({ headers: z.record(z.string(), z.unknown()) }).optional(),
        }).optional(),
      }).nullish(),
    })),
    stats: z.object({ durationMs: z.number().min(0).max(longestRunMs).optional() }).optional(),
  }),
  metadata: z.object({ promptfooVersion: z.string().regex(/^[0-9A-Za-z.+-]{1,50}$/) }),
});

type Case = z.infer<typeof resultSchema>["results"]["results"][number];

/** What a result is to be of. */
export interface EvaluatedModel {
  readonly modelId: string;
  readonly assistantType: string;
}

/**
 * The figures of a result of promptfoo, none of its words.
 *
 * @throws {AppError} `invalid_request` for another file, for one without cases, and for one in which
 * something else was asked than this model with this assistant, or something else has answered
 */
export async function readEvaluation(
  result: unknown,
  wanted: EvaluatedModel,
): Promise<EvaluationFigures> {
  const parsed = resultSchema.safeParse(result);
  if (!parsed.success) {
    throw refused(
      "result is not a result file of promptfoo.",
      "Send what `promptfoo eval -o result.json` wrote.",
    );
  }
  const { results: { timestamp, results: cases, stats }, metadata } = parsed.data;
  if (cases.length === 0) {
    throw refused("result has no cases.", "Run a set that has tests.");
  }
  for (const each of cases) requireAsked(each, wanted);
  const begunAt = Date.parse(timestamp);
  const durationMs = stats?.durationMs ?? 0;
  return {
    result_hash: await hashOf(result),
    promptfoo_version: metadata.promptfooVersion,
    passed: cases.filter(({ success }) => success).length,
    failed: cases.filter((each) => !each.success && !isError(each)).length,
    errors: cases.filter((each) => !each.success && isError(each)).length,
    score: meanScore(cases),
    ran_at: new Date(begunAt).toISOString(),
    ended_at: new Date(begunAt + durationMs).toISOString(),
  };
}

function isError({ failureReason }: Case): boolean {
  return failureReason === 2;
}

/** Weights and thresholds may take a score out of its range. */
function meanScore(cases: readonly Case[]): number {
  const sum = cases.reduce((total, { score }) => total + Math.min(1, Math.max(0, score)), 0);
  return Math.round(sum / cases.length * 1e4) / 1e4;
}

function requireAsked({ success, provider, response }: Case, wanted: EvaluatedModel): void {
  const { modelId, assistantType } = wanted;
  // Not an alias, which may have been another model's when it ran.
  const asked = `openai:chat:assistant/${assistantType}/${modelId}`;
  if (provider.id !== asked) {
    throw refused(
      `result is of ${quoted(provider.id, 200)}, not of ${modelId} with the assistant ` +
        `${assistantType}.`,
      `Its provider must be ${asked}.`,
    );
  }
  const headers = response?.metadata?.http?.headers ?? {};
  const answering = headers["x-switchboard-model"];
  if (typeof answering === "string" ? answering !== modelId : success) {
    throw refused(
      typeof answering === "string"
        ? `A case of result was answered by ${quoted(answering, 200)}, not by ${modelId}.`
        : "A case of result passed that does not say which model answered it.",
      typeof answering === "string"
        ? "Run it with an API key that is limited to the model, so that no other stands in."
        : "Run it against the function openai, whose answers do, with a promptfoo that keeps their headers.",
    );
  }
  if (response?.cached === true) {
    throw refused(
      "A case of result was answered from promptfoo's cache, not by the model.",
      "Run it with --no-cache.",
    );
  }
}

/** SHA-256 of the file as promptfoo writes it, however it was sent. */
async function hashOf(result: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(result, null, 2));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function refused(message: string, hint: string): AppError {
  return new AppError("invalid_request", message, {
    hint,
    logged: "The result is none of the wanted evaluation.",
  });
}
