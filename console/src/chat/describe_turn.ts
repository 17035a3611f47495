import { formatUsd } from "../format/money.ts";
import { formatCount, formatMs } from "../format/numbers.ts";
import type { ShownTurn } from "./transcript.ts";

/** Why a model answered, in words; what docs/api.md says of each reason. */
export function explainReason(reason: string | null): string {
  switch (reason) {
    case "pinned":
      return "it answered in this conversation before";
    case "requested":
      return "it was asked for";
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
  const { usage, registryVersion, responseTimeMs } = turn;
  return [
    ...(registryVersion === null ? [] : [{ term: "Registry", text: `version ${registryVersion}` }]),
    ...(usage === null ? [] : [
      {
        term: "Tokens",
        text: `${formatCount(usage.input_tokens)} in, ${formatCount(usage.output_tokens)} out`,
      },
      { term: "Cost", text: formatUsd(usage.cost_usd) },
    ]),
    ...(responseTimeMs === null ? [] : [{ term: "Time", text: formatMs(responseTimeMs) }]),
  ];
}
