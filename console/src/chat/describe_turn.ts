import { formatUsd } from "../format/money.ts";
import { formatCount, formatMs } from "../format/numbers.ts";
import type { TurnUsage } from "./chat_types.ts";
import { formatMoment } from "../format/time.ts";
import type { Making, ShownTurn } from "./shown_turn.ts";

/** Why a model answered, in words; what docs/api.md says of each reason. */
export function explainReason(reason: string | null): string {
  switch (reason) {
    case "pinned":
      return "it answered in this conversation before";
    case "requested":
      return "it was asked for";
    case "canary":
      return "it is tried out with a share of the conversations";
    case "assistant":
      return "it is the assistant's own";
    case "use_case":
      return "it is the first for the use case";
    case "default":
      return "it is the default";
    case "priority":
      return "it is the first that is available";
    case "fallback":
      return "it stood in for another";
    default:
      return reason ?? "not known";
  }
}

/** The figures of an answer, as far as they are known. */
export function turnFigures(
  turn: ShownTurn,
): { readonly term: string; readonly text: string }[] {
  const { usage, registryVersion, responseTimeMs, made } = turn;
  return [
    ...(registryVersion === null ? [] : [{ term: "Registry", text: `version ${registryVersion}` }]),
    ...(usage === null ? [] : [
      { term: "Tokens", text: tokensOf(usage) },
      { term: "Cost", text: formatUsd(usage.cost_usd) },
    ]),
    ...(responseTimeMs === null ? [] : [{ term: "Time", text: formatMs(responseTimeMs) }]),
    ...(made === null ? [] : makingOf(made)),
  ];
}

/** When and where a machine made the answer, and with which prompt. */
function makingOf(made: Making): { readonly term: string; readonly text: string }[] {
  const { generated_at: at, function_region: region, model_geographies: places } = made;
  return [
    ...(at === null ? [] : [{ term: "Generated", text: formatMoment(at) }]),
    ...(region === null ? [] : [{ term: "Function", text: region }]),
    ...(places === null ? [] : [{ term: "Model", text: places.join(", ") }]),
    ...(made.prompt_hash === null ? [] : [{ term: "Prompt", text: made.prompt_hash.slice(0, 12) }]),
  ];
}

/** Input that a cache holds is not among what came in; thinking is among what came out. */
function tokensOf(usage: TurnUsage): string {
  const counted = (count: number | null, what: string) =>
    count === null || count === 0 ? [] : [`${formatCount(count)} ${what}`];
  return [
    `${formatCount(usage.input_tokens)} in`,
    ...counted(usage.cache_read_tokens, "read from the cache"),
    ...counted(usage.cache_write_tokens, "written to the cache"),
    `${formatCount(usage.output_tokens)} out`,
    ...counted(usage.thinking_tokens, "of them thinking"),
  ].join(", ");
}
