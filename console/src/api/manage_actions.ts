/**
 * The parts of the answers of `manage-bedrock-models` that the console shows, by names of their
 * own.
 */
import type { AnswerOf, ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";

export type Model = AnswerOf<"enable">["model"];
export type ListedModel = AnswerOf<"list">["models"][number];
export type ListedAssistant = AnswerOf<"list-assistants">["assistants"][number];
/** A retirement, made or foreseen. */
export type Retirement = AnswerOf<"retire">;
export type ModelUses = Retirement["uses"];
/** A model whose life has dates. */
export type ModelLife = AnswerOf<"list-lifecycle">["models"][number];
export type Successor = NonNullable<ModelLife["successor"]>;
export type Settings = AnswerOf<"get-settings">["settings"];
export type ModelCheck = AnswerOf<"validate">["checks"][number];
export type ModelProbe = NonNullable<AnswerOf<"set-default">["probe"]>;
export type ProbeCheck = ModelProbe["checks"][number];
export type ModelSwitch = AnswerOf<"history">["switches"][number];
export type Verification = AnswerOf<"verify-history">["verification"];
export type Affected = AnswerOf<"impact">["affected"];
export type Change = ArgumentsOf<"impact">["change"];
export type PricePeriod = AnswerOf<"list-prices">["prices"][number];
export type ApiKey = AnswerOf<"list-api-keys">["api_keys"][number];
export type Evaluation = AnswerOf<"list-evaluations">["evaluations"][number];
export type Limit = AnswerOf<"list-limits">["limits"][number];
export type LimitStatus = AnswerOf<"limit-status">["limits"][number];
export type LimitWindow = LimitStatus["windows"][number];
/** A limit as it would be set, and how much of it is used already. */
export type ForeseenLimit = NonNullable<AnswerOf<"impact">["limit"]>;
export type Rollout = AnswerOf<"list-rollouts">["rollouts"][number];
export type RolloutFigures = NonNullable<Rollout["figures"]>;
export type GuardName = keyof RolloutFigures["guards"];
export type GuardFigures = RolloutFigures["guards"][GuardName];
export type LegalHold = AnswerOf<"list-legal-holds">["holds"][number];
export type Erasure = AnswerOf<"list-erasures">["erasures"][number];
export type Alert = AnswerOf<"list-alerts">["alerts"][number];
export type AlertRule = AnswerOf<"list-alert-rules">["rules"][number];
export type Status = AnswerOf<"status">;
export type Role = AnswerOf<"list-roles">["roles"][number];
export type TrialContent = ArgumentsOf<"try">["content"];
export type Trial = AnswerOf<"try">["trials"][number];
export type Explanation = AnswerOf<"explain">["explanation"];
export type CatalogReport = AnswerOf<"sync">;
export type NewModel = CatalogReport["report"]["new"][number];
export type Proposal = AnswerOf<"list-proposals">["proposals"][number];
export type ProposedChange = ArgumentsOf<"propose">["change"];
export type NextRollback = NonNullable<AnswerOf<"history">["next_rollback"]>;
