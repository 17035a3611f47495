import type { PromptPart } from "../answers/prompt_parts.ts";
import type { CachingRules, ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { type Dialect, malformed, modelWords } from "./dialect.ts";

/** Refuses cache points where the model has none, too many of them, or TTLs that rise. */
export function checkCaching(
  parts: readonly PromptPart[],
  model: ServedModel,
  dialect: Dialect,
): void {
  const points = parts.filter(({ cache }) => cache !== undefined);
  if (points.length === 0) return;
  const rules = model.caching;
  if (rules === null) {
    throw invalid(
      "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
    );
  }
  checkPlaces(parts, rules, dialect);
  if (points.length > rules.maxPoints) {
    throw invalid(modelWords(
      dialect,
      `A maximum of ${rules.maxPoints} blocks with cache_control may be provided. Found ${points.length}.`,
    ));
  }
  const hour = points.findLastIndex(({ cache }) => cache === "1h");
  if (points.slice(0, Math.max(hour, 0)).some(({ cache }) => cache !== "1h")) {
    throw invalid(modelWords(
      dialect,
      `${
        points[hour]?.place
      }: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
    ));
  }
  if (rules.ttls.length > 0 && hour >= 0 && !rules.ttls.includes("1h")) {
    // The words of this one are not known.
    throw invalid(modelWords(dialect, "cache_control.ttl: '1h' is not supported for this model."));
  }
}

function checkPlaces(parts: readonly PromptPart[], rules: CachingRules, dialect: Dialect): void {
  if (rules.places.includes("tools")) return;
  const tools = parts.filter(({ place }) => place === "tools");
  const marked = tools.findIndex(({ cache }) => cache !== undefined);
  if (marked >= 0) {
    // The point is an entry of the list, after the tool.
    const problem = `#/toolConfig/tools/${
      marked + 1
    }: extraneous key [cachePoint] is not permitted`;
    throw invalid(modelWords(dialect, malformed(problem)));
  }
}

/** Refuses the field `ttl` of a model that has none, wherever it stands in the body. */
export function checkTtlField(body: unknown, model: ServedModel, dialect: Dialect): void {
  if (model.caching === null || model.caching.ttls.length > 0) return;
  const at = findTtl(body, "#");
  if (at === null) return;
  throw invalid(modelWords(dialect, malformed(`${at}: extraneous key [ttl] is not permitted`)));
}

function findTtl(value: unknown, at: string): string | null {
  if (typeof value !== "object" || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const here = `${at}/${key}`;
    if (key === "cachePoint" && typeof inner === "object" && inner !== null && "ttl" in inner) {
      return here;
    }
    const found = findTtl(inner, here);
    if (found !== null) return found;
  }
  return null;
}
