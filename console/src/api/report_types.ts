/** The parts of the reports that the console shows, by names of their own. */
import type { AnswerOf, ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";

export type UsageAnswer = AnswerOf<"usage">;
export type CostAnswer = AnswerOf<"costs">;
export type PerformanceAnswer = AnswerOf<"performance">;
export type WhatIfAnswer = AnswerOf<"what-if">;
export type ComparedModel = WhatIfAnswer["by_model"][number];

export type Bucket = UsageAnswer["bucket"];
export type UsageRow = UsageAnswer["usage"][number];
/** Who the rows of a report are by, in place of models and assistants. */
export type CallerKind = NonNullable<ArgumentsOf<"usage">["by"]>;
export type Caller = NonNullable<UsageRow["caller"]>;
export type PerformanceRow = PerformanceAnswer["performance"][number];
/** The figures of a row that are milliseconds. */
export type LatencyFigure = Extract<keyof PerformanceRow, `${string}_ms`>;
export type SwitchEffect = AnswerOf<"switch-effect">["switches"][number];
/** The turns within a time before or after a switch. */
export type EffectFigures = SwitchEffect["before"];
