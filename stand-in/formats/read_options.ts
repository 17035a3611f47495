import { z } from "zod";
import type { AskedGuardrail } from "../answers/question.ts";
import { type WroteIt, wroteNothing } from "../checks/check_thinking_blocks.ts";
import { invalid } from "../wire/aws_error.ts";

/** What a request has besides its body, and what the stand-in knows besides the request. */
export interface ReadOptions {
  readonly headers: Headers;
  readonly wroteIt: WroteIt;
}

/** A body alone. */
export const bodyAlone: ReadOptions = { headers: new Headers(), wroteIt: wroteNothing };

const configKey = "amazon-bedrock-guardrailConfig";

const config = z.strictObject({
  tagSuffix: z.string().regex(/^[a-zA-Z0-9]{1,20}$/).optional(),
  streamProcessingMode: z.enum(["SYNCHRONOUS", "ASYNCHRONOUS"]).optional(),
}).optional();

/** A guardrail as InvokeModel takes it: its name in headers, its tags in the body. */
export function invokeGuardrail(body: unknown, headers: Headers): {
  readonly body: unknown;
  readonly guardrail: AskedGuardrail | null;
  readonly tagSuffix: string | null;
} {
  const id = headers.get("x-amzn-bedrock-guardrailidentifier");
  const version = headers.get("x-amzn-bedrock-guardrailversion");
  if ((id === null) !== (version === null)) {
    // The words of this one are not known.
    throw invalid("A guardrail needs both its identifier and its version.");
  }
  const trace = headers.get("x-amzn-bedrock-trace") ?? "DISABLED";
  const guardrail = id === null || version === null
    ? null
    : { id, version, trace: trace !== "DISABLED" };
  if (typeof body !== "object" || body === null || !(configKey in body)) {
    return { body, guardrail, tagSuffix: null };
  }
  const { [configKey]: given, ...rest } = body as Record<string, unknown>;
  const parsed = config.safeParse(given);
  if (!parsed.success || guardrail === null) {
    throw invalid(`The field ${configKey} is not valid, or there is no guardrail for it.`);
  }
  return { body: rest, guardrail, tagSuffix: parsed.data?.tagSuffix ?? null };
}
