import { createHash } from "node:crypto";
import { tokensAsked } from "../formats/token_estimate.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { needsOf } from "../selection/content_needs.ts";
import { comparedModel, type OpenRequest, rolloutOf } from "../selection/rollout.ts";
import type { Assignment, Side } from "../selection/rollout_side.ts";
import { exchangeOf } from "./history_window.ts";
import type { RunQuestion } from "./run_plan.ts";
import type { RunRequest } from "./run_request.ts";

/**
 * Assigns a run to a side of the rollout that it is part of, by a hash, so that the same unit comes to
 * the same side in every instance. A conversation stays on its side, and once it is pinned it counts
 * only while that side's model answers it. A run that names its model, or that one of the two models
 * could not take, is part of none.
 *
 * @returns null where it is part of none
 */
export function assignRollout(
  registry: Registry,
  question: Pick<RunRequest, "historyTokens"> & RunQuestion,
): Assignment | null {
  const { unit = null, assigned = null, pinIsReverted = false } = question;
  const rollout = rolloutOf(registry, question.assistantType);
  if (rollout === null || unit === null) return null;
  const pin = pinIsReverted ? null : question.pinnedModelId;
  const known = assigned?.rolloutId === rollout.id ? assigned : null;
  if (pin === null ? question.requestedModelId !== null : known === null) return null;
  const compared = comparedModel(requestOf(registry, question), rollout);
  if (compared === null) return null;
  const models = [compared, rollout.model];
  if (!arePermitted(models, question) || !haveRoom(models, registry, question)) return null;
  const { id: rolloutId, share, model, isWatched } = rollout;
  const side = known ?? { rolloutId, share, side: sideOf(rolloutId, unit, share) };
  const due = side.side === "canary" ? model : compared;
  if (pin !== null && pin !== due.model_id) return null;
  const isCanary = pin === null && side.side === "canary" && !isWatched;
  return { ...side, unit, canaryModelId: isCanary ? model.model_id : null };
}

function requestOf(
  registry: Registry,
  question: Pick<RunRequest, "historyTokens"> & RunQuestion,
): OpenRequest {
  const asked = question.historyTokens === null ? exchangeOf(question) : question.question;
  return {
    registry,
    assistantType: question.assistantType,
    useCase: question.useCase,
    needs: needsOf(asked, question.tools),
  };
}

/** Where the caller may be answered by one of them only, there is nothing to compare. */
function arePermitted(models: readonly Model[], { permittedModelIds }: RunQuestion): boolean {
  return models.every(({ model_id }) => permittedModelIds?.includes(model_id) ?? true);
}

/**
 * Whether it fits into each of them, by an estimate from above: what only one of the two has room for
 * says nothing of the other. A turn's history is cut to what fits.
 */
function haveRoom(
  models: readonly Model[],
  { assistants }: Registry,
  asked: Pick<RunRequest, "historyTokens"> & RunQuestion,
): boolean {
  const assistant = assistants.find((row) => row.assistant_type === asked.assistantType);
  const text = assistant?.system_prompt ?? "";
  const tokens = tokensAsked({
    system: [{ type: "text", text }, ...asked.system ?? []],
    messages: [...asked.historyTokens === null ? asked.history : [], asked.question],
    tools: asked.tools ?? [],
  });
  return models.every(({ context_window }) => tokens <= context_window);
}

/**
 * The side of a unit: its hash as a fraction of one, compared with the share.
 * `switchboard.side_of_unit()` is the same.
 */
export function sideOf(rolloutId: number, unit: string, share: number): Side {
  const hash = createHash("sha256").update(`${rolloutId} ${unit}`).digest();
  return hash.readUInt32BE(0) * 100 < share * 2 ** 32 ? "canary" : "former";
}
