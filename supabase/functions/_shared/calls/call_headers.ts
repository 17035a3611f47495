import type { AskedCall } from "../dialects/dialect.ts";
import type { RunStart } from "../runs/run_event.ts";
import type { RunRecord } from "../runs/run_record.ts";

type Headers = Readonly<Record<string, string>>;

/** Which model was chosen, and why. */
export type Choice = Pick<
  RunRecord,
  | "model_id"
  | "reason"
  | "registry_version"
  | "fallback_code"
  | "answer_tokens_left"
>;

/** What is known of an answer's making when its head is sent. */
export type Making = Pick<RunRecord, "generated_at" | "function_region" | "prompt_hash">;

/** The id of a call, as the clients of both dialects look for it. */
export function idHeaders(callId: string): Headers {
  return { "x-request-id": callId, "request-id": callId };
}

/**
 * What was asked for and which fields of it were ignored; and the choice, where it is made.
 *
 * @param choice null while no model is chosen
 */
export function callHeaders({ model, ignored }: AskedCall, choice: Choice | null): Headers {
  return {
    ...header("requested-model", bounded(headerText(model))),
    ...header("ignored", listNames(ignored)),
    ...header("model", choice?.model_id && headerText(choice.model_id)),
    ...header("reason", choice?.reason),
    ...header("registry-version", choice?.registry_version?.toString()),
    ...header("fallback-code", choice?.fallback_code),
    ...header("answer-tokens-left", choice?.answer_tokens_left?.toString()),
  };
}

/**
 * That the answer is generated, when, where, and with which prompt.
 *
 * @param making null while no model has begun to answer
 */
export function provenanceHeaders(making: Making | null): Headers {
  return {
    ...header("generated", "true"),
    ...header("generated-at", making?.generated_at),
    ...header("function-region", making?.function_region && headerText(making.function_region)),
    ...header("prompt-hash", making?.prompt_hash),
  };
}

export function choiceOf(start: RunStart): Choice {
  return {
    model_id: start.modelId,
    reason: start.reason,
    registry_version: start.registryVersion,
    fallback_code: start.fallbackCode,
    answer_tokens_left: start.answerTokensLeft,
  };
}

export function makingOf(start: RunStart): Making {
  return {
    generated_at: start.generatedAt,
    function_region: start.functionRegion,
    prompt_hash: start.promptHash,
  };
}

function header(name: string, value: string | null | undefined): Headers {
  return value ? { [`x-switchboard-${name}`]: value } : {};
}

/** Most names of fields that are listed, and most characters of each. */
const mostNames = 20;
const longestName = 64;

/** Most characters of a header of a client's words, encoded: proxies bear some KB of all headers. */
const longestHeader = 1_000;

function bounded(text: string): string {
  // Not within the code of a character.
  return text.slice(0, longestHeader).replace(/%.?$/, "");
}

/** Whole names, as many as fit. */
function listNames(names: readonly string[]): string {
  let list = "";
  for (const name of names.filter((name) => name !== "").slice(0, mostNames)) {
    const longer = `${list}${list && ", "}${headerText(name.slice(0, longestName))}`;
    if (longer.length > longestHeader) break;
    list = longer;
  }
  return list;
}

/** A client's text as a list in a header may hold it: all but visible ASCII is percent-encoded. */
function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]|[%,]/gu, encodeURIComponent);
}
