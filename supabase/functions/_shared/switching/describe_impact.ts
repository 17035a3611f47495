import { AppError } from "../core/app_error.ts";
import type { FiguresWanted, ImpactFigures } from "../reports/impact_figures.ts";
import { knownCost } from "../reports/report_parts.ts";
import { answeringOf, type Comparison, modelIdOf, modelOf, type Move } from "./compare_answers.ts";
import type { Affected, Impact } from "./impact.ts";
import { impactWarnings } from "./impact_warnings.ts";

/** The figures that describe a comparison. */
export function figuresFor(comparison: Comparison): FiguresWanted {
  const { moves, turned, stopped } = comparison;
  const left = moves.flatMap(({ from }) => modelIdOf(from) ?? []);
  return {
    moves: [...moves, ...movesOfPins(comparison)].flatMap(({ assistantType, from, to }) => {
      const from_model_id = modelIdOf(from);
      return from_model_id === null
        ? []
        : { assistant_type: assistantType, from_model_id, to_model: modelOf(to) };
    }),
    modelIds: [...new Set([...turned, ...stopped, ...left])].sort(),
  };
}

/** @param figures Null where they could not be read. */
export function describeImpact(comparison: Comparison, figures: ImpactFigures | null): Impact {
  const affected: Affected = {
    assistants: comparison.moves.map((move) => describeMove(move, figures)),
    conversations: describeConversations(comparison, figures),
    cost: figures === null ? null : describeCost(figures),
  };
  return { affected, warnings: impactWarnings(comparison, affected, figures) };
}

/** What a change affects that changes nothing. */
export const noImpact: Affected = {
  assistants: [],
  conversations: { pinned: 0, recent: 0, keep_model: true, to_model_id: null },
  cost: { days: 30, turns: 0, unpriced: 0, actual_usd: 0, what_if_usd: 0, difference_usd: 0 },
};

function describeCost({ cost }: ImpactFigures): Affected["cost"] {
  const actual_usd = knownCost(cost.actual_usd, cost.unpriced);
  return {
    days: 30,
    ...cost,
    actual_usd,
    difference_usd: actual_usd === null ? null : cost.difference_usd,
  };
}

/** Turns of conversations whose pin ends, where those of new conversations do not move anyway. */
function movesOfPins({ before, after, moves, hasStopped }: Comparison): Move[] {
  return before.assistants.filter(({ is_active }) => is_active).flatMap((assistant) =>
    before.models.filter(({ model_id }) => hasStopped(assistant.assistant_type, model_id)).flatMap((
      model,
    ) => {
      const { assistant_type: assistantType, name } = assistant;
      const from = answeringOf(before, assistantType, { pinnedModelId: model.model_id });
      const isMoved = moves.some((move) =>
        move.assistantType === assistantType && modelIdOf(move.from) === model.model_id
      );
      if (isMoved) return [];
      const to = answeringOf(after, assistantType, { pinnedModelId: model.model_id });
      return { assistantType, name, from, to };
    })
  );
}

function describeMove(move: Move, figures: ImpactFigures | null): Affected["assistants"][number] {
  const { assistantType, name, from, to } = move;
  const from_model_id = modelIdOf(from);
  const figure = figures?.moves.find((row) =>
    row.assistant_type === assistantType && row.from_model_id === from_model_id
  );
  return {
    assistant_type: assistantType,
    name,
    from_model_id,
    to_model_id: modelIdOf(to),
    reason: to === null || to instanceof AppError ? null : to.reason,
    turns: figures === null ? null : figure?.turns ?? 0,
  };
}

function describeConversations(
  comparison: Comparison,
  figures: ImpactFigures | null,
): Affected["conversations"] {
  const { after, moves, turned, stopped, hasStopped } = comparison;
  const isMoved = (type: string, modelId: string) =>
    moves.some((move) => move.assistantType === type && modelIdOf(move.from) === modelId);
  // Of an assistant that is turned off none is answered, on whatever model.
  const off = new Set(moves.filter(({ to }) => to === null).map((move) => move.assistantType));
  const counted = (figures?.pinned ?? []).filter(({ assistant_type, model_id }) =>
    !off.has(assistant_type) &&
    (stopped.size > 0
      ? hasStopped(assistant_type, model_id)
      : turned.has(model_id) || isMoved(assistant_type, model_id))
  );
  const taking = new Map<string | null, number>();
  for (const { assistant_type, model_id, conversations } of stopped.size > 0 ? counted : []) {
    const to = modelIdOf(answeringOf(after, assistant_type, { pinnedModelId: model_id }));
    taking.set(to, (taking.get(to) ?? 0) + conversations);
  }
  const [most] = [...taking].sort(([, one], [, other]) => other - one);
  return {
    pinned: figures && counted.reduce((sum, { conversations }) => sum + conversations, 0),
    recent: figures && counted.reduce((sum, { recent }) => sum + recent, 0),
    keep_model: stopped.size === 0,
    to_model_id: most?.[0] ?? null,
  };
}
