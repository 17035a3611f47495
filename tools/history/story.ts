import { type AssistantRow, type Cast, castModels, type ModelRow } from "./cast.ts";
import { startOfHistory } from "./plan_days.ts";
import { type Change, incidentTimes, type Step, stepsOf } from "./steps.ts";

/** A change of the registry in the past, as entries of the audit log tell it. */
export interface StoryChange {
  /** From 1, in the order of time. */
  readonly place: number;
  readonly moment: Date;
  readonly source: Step["source"];
  readonly probe: Step["probe"];
  /** The place of the change that this one takes back. */
  readonly undoes: number | null;
  readonly table: "bedrock_models" | "ai_assistants";
  readonly patches: readonly Patch[];
}

/** What a row held before and after; all else in it is as it is today. */
export interface Patch {
  /** The model's id or the assistant's type. */
  readonly key: string;
  readonly before: Readonly<Record<string, string | number | boolean | null>>;
  readonly after: Readonly<Record<string, string | number | boolean | null>>;
}

/** Which model new conversations of an assistant get, or what is the default. */
export interface Choice {
  readonly assistant_type: string;
  readonly from_at: Date;
  readonly to_at: Date;
  readonly model_id: string;
  readonly reason: "assistant" | "default";
}

export interface Story {
  readonly changes: readonly StoryChange[];
  readonly choices: readonly Choice[];
  readonly incident: { readonly model_id: string; readonly from_at: Date; readonly to_at: Date };
  /** When a model got the prices that it has today, and those that it had before. */
  readonly priceChange: {
    readonly model_id: string;
    readonly moment: Date;
    readonly before: Patch["before"];
  };
}

/** How many times as dear the careful model was before its price changed. */
const formerPrice = 1.5;

/**
 * Tells what happened to the registry in the days up to `endsAt`. At its end everything is as it
 * is today.
 *
 * @param options `days`: at least 2; nothing happens on the last day, which is not over
 * @throws {RangeError} if there is no default model.
 */
export function tellStory(options: {
  models: readonly ModelRow[];
  assistants: readonly AssistantRow[];
  days: number;
  endsAt: Date;
}): Story {
  const { models, assistants, days, endsAt } = options;
  const cast = castModels(models, assistants);
  const start = startOfHistory(days, endsAt);
  const moment = (at: number, time: string) => {
    const day = new Date(start.getTime() + Math.min(Math.floor(at * days), days - 2) * 86_400_000);
    return new Date(`${day.toISOString().slice(0, 10)}T${time}:00Z`);
  };
  const own = assistants.filter((row) => row.model_version !== null);
  const steps = stepsOf(cast, own.map(({ assistant_type }) => assistant_type));
  const prices = pricesOf(models.find(({ model_id }) => model_id === cast.careful));
  const changes = steps.map((step, index): StoryChange => ({
    place: index + 1,
    moment: moment(step.at, step.time),
    source: step.source,
    probe: step.probe,
    undoes: step.undoes ? index : null,
    table: step.change.kind === "assign" ? "ai_assistants" : "bedrock_models",
    patches: patchesOf(step.change, prices),
  }));
  const told = steps.map(({ change }, index) => ({ change, moment: changes[index]!.moment }));
  return {
    changes,
    choices: [{ assistant_type: "default", model_version: null }, ...assistants]
      .flatMap((assistant) => choicesOf(assistant, { told, cast, start, endsAt })),
    incident: {
      model_id: cast.everyday,
      from_at: moment(incidentTimes.at, incidentTimes.from),
      to_at: moment(incidentTimes.at, incidentTimes.to),
    },
    priceChange: {
      model_id: cast.careful,
      moment: told.find(({ change }) => change.kind === "price")!.moment,
      before: prices.before,
    },
  };
}

function pricesOf(model: ModelRow | undefined): { before: Patch["before"]; after: Patch["after"] } {
  const { input_cost = null, output_cost = null, cache_read_cost = null, cache_write_cost = null } =
    model ?? {};
  const columns = {
    input_cost_per_mtok: input_cost,
    output_cost_per_mtok: output_cost,
    cache_read_cost_per_mtok: cache_read_cost,
    cache_write_cost_per_mtok: cache_write_cost,
  };
  const dearer = (price: number | null) =>
    price === null ? null : Number((price * formerPrice).toFixed(6));
  return {
    before: Object.fromEntries(Object.entries(columns).map(([key, of]) => [key, dearer(of)])),
    after: columns,
  };
}

function patchesOf(
  change: Change,
  prices: { before: Patch["before"]; after: Patch["after"] },
): Patch[] {
  switch (change.kind) {
    case "default":
      return [
        { key: change.from, before: { is_default: true }, after: { is_default: false } },
        { key: change.to, before: { is_default: false }, after: { is_default: true } },
      ];
    case "price":
      return [{ key: change.model, ...prices }];
    case "assign":
      return [{
        key: change.type,
        before: { model_version: change.from },
        after: { model_version: change.to },
      }];
    default:
      return change satisfies never;
  }
}

/** The models of one assistant, or of the default, one after the other. */
function choicesOf(
  assistant: Pick<AssistantRow, "assistant_type" | "model_version">,
  options: {
    told: readonly { readonly change: Change; readonly moment: Date }[];
    cast: Cast;
    start: Date;
    endsAt: Date;
  },
): Choice[] {
  const { assistant_type, model_version } = assistant;
  const own = model_version !== null;
  const turns = options.told.flatMap(({ change, moment }) => {
    if (change.kind === "price") return [];
    const ofAssistant = change.kind === "assign" ? change.type === assistant_type : !own;
    const concerns = ofAssistant && (change.kind === "assign") === own;
    return concerns ? [{ from: change.from, to: change.to, moment }] : [];
  });
  const models = [
    turns[0]?.from ?? model_version ?? options.cast.standard,
    ...turns.map(({ to }) => to),
  ];
  const moments = [options.start, ...turns.map(({ moment }) => moment), options.endsAt];
  return models.map((model_id, index) => ({
    assistant_type,
    from_at: moments[index]!,
    to_at: moments[index + 1]!,
    model_id,
    reason: own ? "assistant" : "default",
  }));
}
