import type { Assessment } from "../answers/answer.ts";
import type { Guardrail } from "./guardrail.ts";

/** What a guardrail found in some texts. */
export interface Finding {
  readonly blocked: boolean;
  readonly masked: boolean;
  /** In AWS's shape. */
  readonly assessment: Assessment;
}

/** What stands in place of a masked word. */
const mask = "{NAME}";

/** Looks for a guardrail's words in texts; null: nothing was found. */
export function assess(
  guardrail: Guardrail,
  texts: readonly string[],
  side: "input" | "output",
): Finding | null {
  const found = guardrail.words.filter(({ word, on }) =>
    (on === side || on === "both") && texts.some((text) => pattern(word).test(text))
  );
  if (found.length === 0) return null;
  const blocked = found.filter(({ action }) => action === "block");
  const masked = found.filter(({ action }) => action === "mask");
  return {
    blocked: blocked.length > 0,
    masked: masked.length > 0,
    assessment: {
      ...blocked.length > 0 && {
        wordPolicy: {
          customWords: blocked.map(({ word }) => ({ match: word, action: "BLOCKED" })),
          managedWordLists: [],
        },
      },
      ...masked.length > 0 && {
        sensitiveInformationPolicy: {
          piiEntities: masked.map(({ word }) => ({
            match: word,
            type: "NAME",
            action: "ANONYMIZED",
          })),
          regexes: [],
        },
      },
    },
  };
}

/** A text without the words that the guardrail masks on a side. */
export function masked(guardrail: Guardrail, text: string, side: "input" | "output"): string {
  return guardrail.words
    .filter(({ action, on }) => action === "mask" && (on === side || on === "both"))
    .reduce((result, { word }) => result.replaceAll(pattern(word), mask), text);
}

function pattern(word: string): RegExp {
  return new RegExp(word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
}
